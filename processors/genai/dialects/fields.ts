import type { Attribute, Attributes } from '../../../pipeline/batch/batch.ts';
import type { Key, Keys } from '../../../pipeline/batch/key.ts';
import { type Call, type CallTexts, textAccess } from '../call.ts';
import {
  type CanonicalKey,
  countKeys,
  finishReasonsName,
  isCanonicalName,
  textKeys,
} from '../canonical-keys.ts';
import { readCount, readFlag, readQuantity, readText, readTexts } from '../loose.ts';
import { toCost } from '../usage-object.ts';
import { countAccess, toCount, type Usage } from '../usage.ts';

/** Which keys hold which field, the best first: the part of a dialect that is only spelling. */
export interface FieldKeys {
  readonly texts?: Partial<Record<keyof CallTexts, readonly string[]>>;
  readonly counts?: Partial<Record<Exclude<keyof Usage, 'audioSeconds'>, readonly string[]>>;
  readonly finishReasons?: readonly string[];
  readonly tags?: readonly string[];
  /** USD. */
  readonly cost?: readonly string[];
  readonly stream?: readonly string[];
  /** Seconds and milliseconds to the first chunk. */
  readonly firstChunkSeconds?: readonly string[];
  readonly firstChunkMs?: readonly string[];
}

/** Reads the fields of a call from attributes. */
export interface FieldReader {
  /** Keys that are read into canonical ones of another name. */
  readonly originals: readonly Key[];
  /** Fills what a call does not have yet. */
  readonly read: (attributes: Attributes, call: Call) => void;
}

/**
 * Reads one key into one field; false where the attribute says nothing. `found` is the attribute of that key, where it was
 * seen already.
 */
type Fill = (attributes: Attributes, key: Key, call: Call, found: Attribute | undefined) => boolean;

/** One field with the keys that may hold it, the best first. */
interface Target {
  readonly fill: Fill;
  readonly keys: Key[];
}

/** Where a key stands among those of its target. */
interface Slot {
  readonly target: number;
  readonly rank: number;
}

/** Rank of a target that no attribute of the span is for. */
const none = 0x7fffffff;

/**
 * Interns the keys of tables, of which earlier ones come first, and returns their reader. It visits the attributes that a
 * span has instead of looking up every key that some emitter may write: there are five times as many of these.
 * @throws Error where one key is to fill two fields.
 */
export function createFieldReader(keys: Keys, tables: readonly FieldKeys[]): FieldReader {
  const targets = createTargets(keys, tables);
  const slots = createSlots(targets);
  const best = new Int32Array(targets.length).fill(none);
  const found = new Int32Array(targets.length);
  const place = ({ id }: Key, attribute: number): void => {
    const slot = slots[id];
    if (slot === undefined) return;
    const { target, rank } = slot;
    if (rank >= (best[target] ?? none)) return;
    best[target] = rank;
    found[target] = attribute;
  };
  const originals = targets
    .flatMap((target) => target.keys)
    .filter(({ name }) => !isCanonicalName(name) && !generalNames.test(name));
  const read = (attributes: Attributes, call: Call): void => {
    attributes.forEachKey(place);
    for (let index = 0; index < best.length; index++) {
      const rank = best[index] ?? none;
      if (rank === none) continue;
      best[index] = none;
      const target = targets[index];
      const key = target?.keys[rank];
      if (target === undefined || key === undefined) continue;
      if (target.fill(attributes, key, call, attributes.at(found[index] ?? -1))) continue;
      fillFrom(target, rank + 1, attributes, call);
    }
  };
  return { originals, read };
}

/** Names that are OTel's for all spans, whoever made them. */
const generalNames = /^(session|user|enduser|error)\./;

/** Slots by key id. */
function createSlots(targets: readonly Target[]): (Slot | undefined)[] {
  const slots: (Slot | undefined)[] = [];
  for (const [target, { keys: candidates }] of targets.entries()) {
    for (const [rank, { id, name }] of candidates.entries()) {
      if (slots[id] !== undefined) throw new Error(`${name} is to fill two fields`);
      slots[id] = { target, rank };
    }
  }
  return slots;
}

/** Takes the best key that is there and says something, from a rank on. */
function fillFrom(target: Target, rank: number, attributes: Attributes, call: Call): void {
  for (let at = rank; at < target.keys.length; at++) {
    const key = target.keys[at];
    if (key !== undefined && target.fill(attributes, key, call, undefined)) return;
  }
}

function createTargets(keys: Keys, tables: readonly FieldKeys[]): Target[] {
  const byField = new Map<string, Target>();
  const texts = textKeys(keys);
  const counts: Readonly<Partial<Record<string, CanonicalKey>>> = countKeys(keys);
  const add = (field: string, names: readonly string[] | undefined, fill: Fill): void => {
    let target = byField.get(field);
    if (target === undefined) byField.set(field, (target = { fill, keys: [] }));
    for (const name of names ?? []) {
      const key = keys.key(name);
      if (!target.keys.includes(key)) target.keys.push(key);
    }
  };
  for (const table of tables) {
    // Object.entries of a typed record gives exactly its keys.
    for (const [field, names] of Object.entries(table.texts ?? {})) {
      const text = field as keyof CallTexts;
      add(`text ${field}`, names, fillText(text, texts[text].key));
    }
    for (const [field, names] of Object.entries(table.counts ?? {})) {
      add(`count ${field}`, names, fillCount(field as keyof Usage, counts[field]?.key));
    }
    for (const [field, fill] of Object.entries(others)) {
      add(field, table[field as keyof typeof others], fill);
    }
  }
  return [...byField.values()].filter((target) => target.keys.length > 0);
}

function fillText(field: keyof CallTexts, canonical: Key): Fill {
  const { get, set } = textAccess[field];
  return (attributes, key, call, found) => {
    if (get(call) !== undefined) return true;
    const sent = found === undefined ? attributes.string(key) : found.string();
    const text = sent === undefined ? readText(attributes, key) : sent || undefined;
    set(call, text);
    if (key === canonical && sent !== undefined) set(call.standing.texts, text);
    return text !== undefined;
  };
}

function fillCount(field: keyof Usage, canonical: Key | undefined): Fill {
  const { get, set } = countAccess[field];
  return (attributes, key, { usage, standing }, found) => {
    if (get(usage) !== undefined) return true;
    if (found?.kind === 'int') {
      const sent = toCount(found.number());
      set(usage, sent);
      if (key === canonical) set(standing.counts, sent);
      standing.hasBadCount ||= sent === undefined;
      return sent !== undefined;
    }
    const count = readCount(attributes, key);
    set(usage, count);
    standing.hasBadCount ||= count === undefined && key === canonical;
    return count !== undefined;
  };
}

const others = {
  finishReasons: fillFinishReasons,
  tags: (attributes, key, call) => (call.tags ??= readTexts(attributes, key)) !== undefined,
  cost: (attributes, key, call) =>
    (call.providedCost ??= toCost(readQuantity(attributes, key))) !== undefined,
  stream: (attributes, key, call) => (call.stream ??= readFlag(attributes, key)) !== undefined,
  firstChunkSeconds: (attributes, key, call) =>
    (call.timeToFirstChunk ??= readQuantity(attributes, key)) !== undefined,
  firstChunkMs: (attributes, key, call) =>
    (call.timeToFirstChunk ??= inSeconds(readQuantity(attributes, key))) !== undefined,
} satisfies Record<string, Fill>;

function fillFinishReasons(attributes: Attributes, key: Key, call: Call): boolean {
  if (call.finishReasons !== undefined) return true;
  const reasons = attributes.strings(key);
  if (reasons === undefined || reasons.length === 0 || reasons.includes('')) {
    call.finishReasons = readTexts(attributes, key);
  } else {
    call.finishReasons = reasons;
    if (key.name === finishReasonsName) call.standing.finishReasons = reasons;
  }
  return call.finishReasons !== undefined;
}

function inSeconds(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : ms / 1000;
}
