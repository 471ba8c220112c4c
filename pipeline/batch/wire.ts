import { WireError } from './wire-error.ts';

/**
 * Protobuf's wire format (https://protobuf.dev/programming-guides/encoding/). Throughout this folder `?? 0` stands after
 * reads of typed arrays only because the compiler cannot see that the index was checked against the message's end.
 */

export const VARINT = 0;
export const FIXED64 = 1;
export const LENGTH_DELIMITED = 2;
export const GROUP_START = 3;
export const GROUP_END = 4;
export const FIXED32 = 5;

/**
 * Messages and groups may nest this deep, the request being level 0. A span's attribute value, on level 5, may so hold arrays
 * in arrays down to the 49th: what the readers of most languages, which stop after 100 messages, read of a value by itself.
 */
export const maxDepth = 104;

/** A 64-bit varint is at most this long; longer ones are hostile. */
export const maxVarintBytes = 10;

/** Where the varint at `pos` ends. @throws WireError where it does not end before `end`, or is over-long. */
export function skipVarint(bytes: Uint8Array, pos: number, end: number): number {
  const limit = Math.min(end, pos + maxVarintBytes);
  for (let at = pos; at < limit; at++) {
    if ((bytes[at] ?? 0) < 128) return at + 1;
  }
  throw new WireError(limit === end ? 'varint is cut off' : 'varint is over-long', pos);
}

/** True where one varint fills `bytes[start..end)`. */
export function isVarint(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start > maxVarintBytes) return false;
  let pos = start;
  while (pos < end && (bytes[pos] ?? 0) > 127) pos++;
  return pos === end - 1;
}

/** Bytes of `value` (0 to 2^31 - 1) as a varint. */
export function varintSize(value: number): number {
  if (value < 0x80) return 1;
  if (value < 0x4000) return 2;
  if (value < 0x200000) return 3;
  return value < 0x10000000 ? 4 : 5;
}

/** Writes `value` (0 to 2^31 - 1) as a varint and returns the position after it. */
export function writeVarint(bytes: Uint8Array, pos: number, value: number): number {
  let at = pos;
  let rest = value;
  while (rest > 127) {
    bytes[at++] = (rest & 127) | 128;
    rest >>>= 7;
  }
  bytes[at++] = rest;
  return at;
}

/**
 * Reads a message field by field. After `next()` returned true, `field` and `wireType` name the field that starts at
 * `tagPos`, and its payload is `start` to `stop` (a group's with its end tag). To descend into a message, set `pos` and `end`.
 */
export class FieldScanner {
  bytes: Uint8Array;
  pos = 0;
  end = 0;
  tagPos = 0;
  field = 0;
  wireType = 0;
  /** Position after the tag: where a length-delimited field has its length. */
  afterTag = 0;
  start = 0;
  stop = 0;
  /** Depth of the message being read, against `maxDepth`; only groups look at it. */
  depth = 0;
  /** Field numbers of open groups; made when the first group comes, which is almost never. */
  #groups: Int32Array | undefined;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  /** Starts on the message from `start` to `end` of `bytes`. */
  enter(bytes: Uint8Array, start: number, end: number): this {
    // Telling the collector of a reference costs more than to look whether it is another.
    if (this.bytes !== bytes) this.bytes = bytes;
    this.pos = start;
    this.end = end;
    return this;
  }

  /** Moves to the next field; false at the end of the message. @throws WireError */
  next(): boolean {
    if (this.pos >= this.end) return false;
    this.tagPos = this.pos;
    const tag = this.readTag();
    this.field = tag >>> 3;
    this.wireType = tag & 7;
    this.afterTag = this.pos;
    this.start = this.pos;
    if (this.wireType === LENGTH_DELIMITED) {
      const length = this.readLength();
      this.start = this.pos;
      this.stop = this.#within(this.pos + length);
    } else {
      this.stop = this.#skip(tag);
    }
    this.pos = this.stop;
    return true;
  }

  /** A tag is a 32-bit varint whose field number is not 0. */
  readTag(): number {
    const { bytes, end } = this;
    const first = bytes[this.pos] ?? 0;
    if (first < 128 && this.pos < end) {
      this.pos += 1;
      if (first < 8) throw new WireError('field number is 0', this.pos - 1);
      return first;
    }
    const tag = this.#readShortVarint(15, 'tag');
    if (tag < 8) throw new WireError('field number is 0', this.pos - 1);
    return tag;
  }

  /** A length is a varint below 2^31. */
  readLength(): number {
    const first = this.bytes[this.pos] ?? 0;
    if (first < 128 && this.pos < this.end) {
      this.pos += 1;
      return first;
    }
    return this.#readShortVarint(7, 'length');
  }

  /** Reads a length and returns where the payload starts. */
  skipLength(): number {
    this.readLength();
    return this.pos;
  }

  /** At most five bytes, the fifth at most `maxFifth`. */
  #readShortVarint(maxFifth: number, what: string): number {
    const { bytes, end } = this;
    let value = 0;
    for (let i = 0; i < 5; i++) {
      if (this.pos >= end) throw new WireError(`${what} is cut off`, this.pos);
      const byte = bytes[this.pos++] ?? 0;
      if (i === 4 && byte > maxFifth) break;
      value = (value | ((byte & 127) << (i * 7))) >>> 0;
      if (byte < 128) return value;
    }
    throw new WireError(`${what} is over-long`, this.pos - 1);
  }

  #within(stop: number): number {
    if (stop > this.end) throw new WireError('field is longer than its message', this.tagPos);
    return stop;
  }

  #skip(tag: number): number {
    switch (tag & 7) {
      case VARINT:
        return skipVarint(this.bytes, this.pos, this.end);
      case FIXED64:
        return this.#within(this.pos + 8);
      case FIXED32:
        return this.#within(this.pos + 4);
      case GROUP_START:
        return this.#skipGroup(tag >>> 3);
      case GROUP_END:
        throw new WireError('end of a group that did not start', this.tagPos);
      default:
        throw new WireError(`wire type ${tag & 7} does not exist`, this.tagPos);
    }
  }

  /** Walks to the end tag of the group that has just started; the field numbers of open groups are a stack. */
  #skipGroup(field: number): number {
    const opened = this.tagPos;
    const groups = (this.#groups ??= new Int32Array(maxDepth + 1));
    let open = 0;
    groups[open++] = field;
    while (open > 0) {
      if (this.depth + open > maxDepth) throw new WireError('groups nest too deep', this.pos);
      if (this.pos >= this.end) throw new WireError('group does not end', opened);
      this.tagPos = this.pos;
      const tag = this.readTag();
      if ((tag & 7) === GROUP_START) groups[open++] = tag >>> 3;
      else if ((tag & 7) === GROUP_END) this.#checkGroupEnd(groups[--open] ?? 0, tag >>> 3);
      else if ((tag & 7) === LENGTH_DELIMITED) {
        const length = this.readLength();
        this.pos = this.#within(this.pos + length);
      } else this.pos = this.#skip(tag);
    }
    this.tagPos = opened;
    return this.pos;
  }

  #checkGroupEnd(opened: number, ended: number): void {
    if (opened === ended) return;
    throw new WireError(`group ${opened} ends as group ${ended}`, this.tagPos);
  }
}
