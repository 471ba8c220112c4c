/** Memory that is filled from its start; whoever adds to it has made room before. */
export interface Sink {
  readonly bytes: Uint8Array;
  /** The same memory as `bytes`. */
  readonly view: DataView;
  /** Bytes that are filled. */
  used: number;
}

const WORD = 4;
const BLOCK = 16;

/** From this length on blocks of words are cheaper than words. */
const blocksLength = 48;

/** From this length on a native copy is cheaper, in spite of the array that it needs. */
const nativeLength = 256;

/**
 * Adds `source[start..end)` to a sink. Attributes and their keys are short: a loop over words takes a quarter of the time
 * of one over bytes, or of a native copy. A source in the sink's own memory must lie before what the sink has used.
 */
export function appendBytes(target: Sink, source: DataView, start: number, end: number): void {
  const length = end - start;
  const at = target.used;
  target.used = at + length;
  if (length >= nativeLength) {
    target.bytes.set(new Uint8Array(source.buffer, source.byteOffset + start, length), at);
    return;
  }
  const { view } = target;
  const last = length - WORD;
  if (last < 0) {
    for (let i = 0; i < length; i++) view.setUint8(at + i, source.getUint8(start + i));
    return;
  }
  let i = 0;
  if (length >= blocksLength) {
    for (; i + BLOCK <= length; i += BLOCK) copyBlock(view, at + i, source, start + i);
  }
  for (; i < last; i += WORD) copyWord(view, at + i, source, start + i);
  // The last word may overlap the one before it.
  copyWord(view, at + last, source, start + last);
}

function copyBlock(target: DataView, at: number, source: DataView, start: number): void {
  copyWord(target, at, source, start);
  copyWord(target, at + 4, source, start + 4);
  copyWord(target, at + 8, source, start + 8);
  copyWord(target, at + 12, source, start + 12);
}

function copyWord(target: DataView, at: number, source: DataView, start: number): void {
  target.setInt32(at, source.getInt32(start, true), true);
}
