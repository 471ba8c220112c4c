/**
 * Says where in a buffer a gate opens. There are two: one in WebAssembly (`kernel-prefilter.ts`), and one in plain
 * JavaScript (`plain-prefilter.ts`) that is its oracle and stands in for it where there is no WebAssembly with SIMD. Both
 * list the very same candidates, because a candidate depends on the bytes around it and on nothing else.
 */
export interface Prefilter {
  /** Room for `maxPiece` candidates: one a byte at most, so that no text has more than there is room for. */
  readonly candidates: Uint32Array;
  /**
   * Lists the candidates of bytes `from` to `to`, at most `maxPiece` of them, in ascending order, and returns how many there
   * are. Bytes before `from` and from `to` up to `size` are looked at; behind `size` all is zero.
   */
  readonly find: (piece: Piece) => number;
  /** Why it is not the kernel, where that was wanted and does not run here. */
  readonly fallback?: FallbackReason;
}

/** `unsupported` where there is no WebAssembly with SIMD, `error` where the kernel did not start for another reason. */
export type FallbackReason = 'unsupported' | 'error';

/** A part of a buffer of `size` bytes. */
export interface Piece {
  readonly bytes: Uint8Array;
  readonly size: number;
  readonly from: number;
  readonly to: number;
}

/** Bytes that a prefilter looks through at once. */
export const maxPiece = 32_768;

/** What may start at a byte, as the bits of a candidate. */
export const mark = {
  literal: 1,
  byte: 2,
  number: 4,
  colon: 8,
  escape: 16,
  hex_groups: 32,
  country: 64,
  base58: 128,
} as const;

const offsetBits = 16;

/** A candidate: marks, and the offset of the byte from the start of the piece. */
export function packCandidate(offset: number, marks: number): number {
  return (marks << offsetBits) | offset;
}

/** Offset of a candidate's byte from the start of the piece. */
export function offsetOf(candidate: number): number {
  return candidate & 0xffff;
}

/** What may start there. */
export function marksOf(candidate: number): number {
  return candidate >>> offsetBits;
}
