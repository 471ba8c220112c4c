import * as zlib from 'node:zlib';

/** Compresses a request in one call. */
export type Compress = (bytes: Uint8Array) => Uint8Array;

// Node 22.15 has it; the types of the oldest supported Node do not know it.
const zstd = (zlib as { readonly zstdCompressSync?: Compress }).zstdCompressSync;

/** Whether this Node can write zstd. */
export const hasZstd: boolean = zstd !== undefined;

/**
 * The function for a name of the `compression` key; undefined for none.
 * @throws Error for zstd where this Node lacks it; the schema has refused that before.
 */
export function compressor(name: 'none' | 'gzip' | 'zstd' | ''): Compress | undefined {
  if (name === 'gzip') return (bytes) => zlib.gzipSync(bytes);
  if (name !== 'zstd') return undefined;
  if (zstd === undefined) throw new Error('this Node has no zstd');
  return zstd;
}
