import type { Clock } from '../component/context.ts';

/** Long enough that a sink's limit costs next to nothing, short enough that a raised limit is found the same hour. */
const forgetAfterMs = 15 * 60_000;

/** What a sink's size limit was found to be, so that it is not found anew with every slice. */
export interface SizeCap {
  /** The most bytes of a slice worth forming. */
  readonly maxBytes: number;
  /** Whether a part of that many bytes would be refused. */
  isOver(bytes: number): boolean;
  /** The sink found a part of that many bytes too large. */
  refused(bytes: number): void;
}

/** Creates a cap that knows nothing yet. Sizes are of slices as they lie in the log: what is encoded is in proportion. */
export function createSizeCap(clock: Clock): SizeCap {
  let refusedBytes = Infinity;
  let refusedAtMs = 0;
  const current = (): number => {
    if (clock.monotonic() - refusedAtMs > forgetAfterMs) refusedBytes = Infinity;
    return refusedBytes;
  };
  return {
    get maxBytes() {
      return current() / 2;
    },
    isOver: (bytes) => bytes >= current(),
    refused: (bytes) => {
      refusedBytes = Math.min(current(), bytes);
      refusedAtMs = clock.monotonic();
    },
  };
}
