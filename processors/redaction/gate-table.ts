import { isAlphanumeric, isDigit, isHex } from './bytes.ts';
import { mark } from './candidate.ts';
import type { Detector } from './detector.ts';
import type { FormTable } from './form-table.ts';
import { createFormTable } from './form-table.ts';
import type { LiteralTable } from './literal-table.ts';
import { createLiteralTable } from './literal-table.ts';
import { foldStarts } from './unfold.ts';

/** What the gates of a set of detectors look for: all that a prefilter knows of them, and whom to ask at a candidate. */
export interface GateTable {
  /** Marks by pair of bytes, `first | second << 8`: what may start at a byte, as far as it and the next one tell. */
  readonly starts: Uint8Array;
  readonly literals: LiteralTable;
  readonly forms: FormTable;
  readonly byteDetectors: readonly { readonly byte: number; readonly detector: Detector }[];
  /** Detectors of digit groups by the length that they want, the last for all that are longer: of those that lead, and others. */
  readonly ofLeading: readonly (readonly Detector[])[];
  readonly ofFollowing: readonly (readonly Detector[])[];
  readonly idDetectors: readonly Detector[];
  readonly shapeDetectors: Readonly<Record<Shape, readonly Detector[]>>;
}

/** Gates that are told by the bytes around a place. */
export const shapes = ['colon', 'hex_groups', 'country', 'base58'] as const;
export type Shape = (typeof shapes)[number];

/** Groups of more digits are all alike. */
export const maxGroupLength = 20;

/** Builds the table of a set of detectors. */
export function createGateTable(detectors: readonly Detector[]): GateTable {
  const starts = new Uint8Array(0x1_0000);
  const literals = createLiteralTable(detectors);
  for (const pair of literals.pairs) starts[pair] = mark.literal;
  const byteDetectors = detectors.flatMap((detector) =>
    detector.gate.kind === 'byte' ? [{ byte: detector.gate.byte.charCodeAt(0), detector }] : [],
  );
  for (const { byte } of byteDetectors) markPairs(starts, mark.byte, (first) => first === byte);
  const numberDetectors = detectors.filter(({ gate }) => gate.kind === 'number');
  const idDetectors = detectors.filter(({ gate }) => gate.kind === 'id');
  if (numberDetectors.length + idDetectors.length > 0) markPairs(starts, mark.number, isDigit);
  const shapeDetectors = Object.fromEntries(
    shapes.map((shape) => [shape, detectors.filter(({ gate }) => gate.kind === shape)]),
    // One entry a shape, by construction.
  ) as Record<Shape, Detector[]>;
  for (const shape of shapes) {
    if (shapeDetectors[shape].length > 0) markPairs(starts, mark[shape], startsShape[shape]);
  }
  for (const pair of foldStarts()) starts[pair] = (starts[pair] ?? 0) | mark.escape;
  return {
    starts,
    literals,
    forms: createFormTable(idDetectors),
    byteDetectors,
    ofLeading: byGroupLength(numberDetectors),
    ofFollowing: byGroupLength(
      numberDetectors.filter(({ gate }) => gate.kind === 'number' && gate.leads !== true),
    ),
    idDetectors,
    shapeDetectors,
  };
}

function byGroupLength(detectors: readonly Detector[]): Detector[][] {
  return Array.from({ length: maxGroupLength + 1 }, (_, length) =>
    detectors.filter((detector) => wantsLength(detector, length)),
  );
}

function wantsLength({ gate }: Detector, length: number): boolean {
  return gate.kind === 'number' && gate.lengths?.includes(length) !== false;
}

function markPairs(
  starts: Uint8Array,
  bit: number,
  isMarked: (first: number, second: number) => boolean,
): void {
  for (let pair = 0; pair < starts.length; pair++) {
    if (isMarked(pair & 0xff, pair >> 8)) starts[pair] = (starts[pair] ?? 0) | bit;
  }
}

const colon = 0x3a;
const hyphen = 0x2d;
const fullStop = 0x2e;

/** What the byte of a place and the next one have in common, as `isPlaceOf` has it. */
const startsShape: Readonly<Record<Shape, (first: number, second: number) => boolean>> = {
  colon: (first, second) => first === colon && (second === colon || isHex(second)),
  hex_groups: (first, second) => (first === hyphen || first === fullStop) && isHex(second),
  country: (first, second) => isAlphanumeric(first) && !isDigit(first) && isDigit(second),
  base58: (first, second) => (first === 0x31 || first === 0x33) && isAlphanumeric(second),
};
