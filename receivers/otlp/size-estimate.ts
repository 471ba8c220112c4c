/** Guesses the size of the next request from those before it. */
export interface SizeEstimate {
  /** Bytes to reserve for the next one. */
  readonly bytes: number;
  /** Learns the size of one that has come in. */
  observe(bytes: number): void;
}

/** No guess goes below this: a call holds some memory even where its body is tiny. */
const minBytes = 16 * 1024;

/**
 * Mean plus four mean deviations, smoothed as TCP smooths round-trip times (RFC 6298 §2): close to the mean for even
 * traffic, far above it for uneven. Never over `maxBytes`.
 */
export function createSizeEstimate(maxBytes: number): SizeEstimate {
  let mean = 0;
  let deviation = 0;
  let isFirst = true;
  return {
    get bytes() {
      return Math.min(maxBytes, Math.max(minBytes, Math.ceil(mean + 4 * deviation)));
    },
    observe(bytes) {
      if (isFirst) {
        mean = bytes;
        deviation = bytes / 2;
        isFirst = false;
        return;
      }
      deviation += (Math.abs(bytes - mean) - deviation) / 4;
      mean += (bytes - mean) / 8;
    },
  };
}
