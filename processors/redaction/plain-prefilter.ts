import type { Prefilter } from './candidate.ts';
import { mark, maxPiece, packCandidate } from './candidate.ts';
import { isNumberPlace, isPlaceOf } from './gate-place.ts';
import type { GateTable } from './gate-table.ts';
import { shapes } from './gate-table.ts';
import { isLiteralPlace } from './literal-table.ts';

/** The prefilter in plain JavaScript: reads byte by byte, looks up each pair of neighbours, and looks closer where it is marked. */
export function createPlainPrefilter(gates: GateTable): Prefilter {
  const { starts } = gates;
  const candidates = new Uint32Array(maxPiece);
  return {
    candidates,
    find({ bytes, from, to }) {
      let count = 0;
      let pair = (bytes[from] ?? 0) << 8;
      for (let at = from; at < to; at++) {
        pair = (pair >> 8) | ((bytes[at + 1] ?? 0) << 8);
        const marked = starts[pair] ?? 0;
        if (marked === 0) continue;
        const left = confirm(gates, bytes, at, marked);
        if (left !== 0) candidates[count++] = packCandidate(at - from, left);
      }
      return count;
    },
  };
}

/** Takes away the marks that the bytes around the place refute: nearly all. */
function confirm(gates: GateTable, bytes: Uint8Array, at: number, marked: number): number {
  let left = marked;
  if ((left & mark.literal) !== 0 && !isLiteralPlace(gates.literals, bytes, at)) {
    left ^= mark.literal;
  }
  if ((left & mark.number) !== 0 && !isNumberPlace(bytes, at, gates.forms)) left ^= mark.number;
  if ((left & shapeMarks) === 0) return left;
  for (const shape of shapes) {
    if ((left & mark[shape]) !== 0 && !isPlaceOf[shape](bytes, at)) left ^= mark[shape];
  }
  return left;
}

const shapeMarks = mark.colon | mark.hex_groups | mark.country | mark.base58;
