/** How a disk store keeps its promise: `fsync` acknowledges what outlives a power loss, `write` what outlives the process. */
export type StorageMode = 'fsync' | 'write';

/** What a storage extension offers the engine, from its creation on; the engine opens one store for each directory. */
export interface StorageSettings {
  /** Absolute path. */
  readonly directory: string;
  readonly mode: StorageMode;
}

/** The name that a storage extension's `offers` has its `StorageSettings` under. */
export const storageOffer = 'log.storage';

/** True where an offer is `StorageSettings`. */
export function isStorageSettings(offer: unknown): offer is StorageSettings {
  return typeof offer === 'object' && offer !== null && 'directory' in offer && 'mode' in offer;
}

/**
 * Slices of one cursor that a durable log lets be out at once: what one slot of a cursor file can tell of after a crash
 * while they are settled in any order.
 */
export const maxSlicesOut = 16;
