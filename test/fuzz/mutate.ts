import type { Random } from './random.ts';

/** Bytes that matter on the wire: tags and lengths at their borders. */
const interesting = [0, 1, 2, 7, 8, 10, 18, 26, 74, 127, 128, 255] as const;

const mutations: readonly [Mutation, ...Mutation[]] = [
  flip,
  overwrite,
  insert,
  remove,
  repeat,
  cutOff,
  transplant,
];

type Mutation = (bytes: Uint8Array, random: Random, other: Uint8Array) => Uint8Array;

/** Changes a request in one to four places; `other` lends bytes. */
export function mutate(bytes: Uint8Array, random: Random, other: Uint8Array): Uint8Array {
  let mutated = bytes;
  for (let i = random.below(4); i >= 0; i--)
    mutated = random.pick(mutations)(mutated, random, other);
  return mutated;
}

function flip(bytes: Uint8Array, random: Random): Uint8Array {
  const copy = bytes.slice();
  if (copy.length > 0) {
    const at = random.below(copy.length);
    copy[at] = (copy[at] ?? 0) ^ (1 << random.below(8));
  }
  return copy;
}

function overwrite(bytes: Uint8Array, random: Random): Uint8Array {
  const copy = bytes.slice();
  if (copy.length > 0) copy[random.below(copy.length)] = random.pick(interesting);
  return copy;
}

function insert(bytes: Uint8Array, random: Random): Uint8Array {
  const at = random.below(bytes.length + 1);
  return joined(bytes.subarray(0, at), Uint8Array.of(random.pick(interesting)), bytes.subarray(at));
}

function remove(bytes: Uint8Array, random: Random): Uint8Array {
  const at = random.below(bytes.length + 1);
  return joined(bytes.subarray(0, at), bytes.subarray(at + 1 + random.below(4)));
}

function repeat(bytes: Uint8Array, random: Random): Uint8Array {
  const from = random.below(bytes.length + 1);
  const to = from + random.below(64);
  return joined(bytes.subarray(0, to), bytes.subarray(from, to), bytes.subarray(to));
}

function cutOff(bytes: Uint8Array, random: Random): Uint8Array {
  return bytes.slice(0, random.below(bytes.length + 1));
}

function transplant(bytes: Uint8Array, random: Random, other: Uint8Array): Uint8Array {
  const at = random.below(bytes.length + 1);
  const from = random.below(other.length + 1);
  return joined(
    bytes.subarray(0, at),
    other.subarray(from, from + random.below(64)),
    bytes.subarray(at),
  );
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}
