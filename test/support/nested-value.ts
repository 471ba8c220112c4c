/**
 * An AnyValue that holds an array in an array, and so on, `levels` deep, with `innermost` (by default the string "x") in the
 * last: written by hand from the inside out, because protobufjs recurses. AnyValue.array_value = 5, ArrayValue.values = 1.
 */
export function nestedValue(levels: number, innermost: Buffer = wrap(0x0a, 'x')): Buffer {
  const parts = [innermost];
  let size = innermost.length;
  for (let level = 0; level < levels; level += 1) {
    for (const tag of [0x0a, 0x2a]) {
      const head = Buffer.concat([Buffer.from([tag]), varint(size)]);
      parts.push(head);
      size += head.length;
    }
  }
  return Buffer.concat(parts.reverse());
}

/** A length-delimited field: its tag, its length, and its content. */
export function wrap(tag: number, ...content: readonly (Uint8Array | string)[]): Buffer {
  const body = Buffer.concat(content.map((part) => Buffer.from(part)));
  return Buffer.concat([Buffer.from([tag]), varint(body.length), body]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    bytes.push(rest < 128 ? rest : (rest % 128) + 128);
    if (rest < 128) return Buffer.from(bytes);
  }
}
