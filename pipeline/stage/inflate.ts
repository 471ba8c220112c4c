import * as zlib from 'node:zlib';
import type { Compression } from '../component/receiver.ts';

/** The body is larger than allowed once inflated. */
export class TooLargeError extends Error {
  override readonly name = 'TooLargeError';
}

/** The body is not what its `Content-Encoding` says. */
export class InflateError extends Error {
  override readonly name = 'InflateError';
}

interface InflateOptions {
  readonly maxOutputLength: number;
  /** Bytes of memory that are asked for at once. */
  readonly chunkSize: number;
}

type Inflater = (body: Uint8Array, options: InflateOptions) => Uint8Array;

/** Absent before Node 22.15, and from the types of Node 20. */
const zstd = (zlib as { zstdDecompressSync?: Inflater }).zstdDecompressSync;

/** Whether this Node can inflate zstd. */
export const hasZstd: boolean = zstd !== undefined;

const inflaters: Readonly<Record<Exclude<Compression, 'identity'>, Inflater | undefined>> = {
  gzip: (body, options) => zlib.gunzipSync(body, options),
  deflate: (body, options) => inflateEither(body, options),
  zstd,
};

/**
 * Inflates a body, stopping at `maxBytes`, so that a decompression bomb costs no more than the limit.
 * @throws TooLargeError, InflateError
 */
export function inflate(body: Uint8Array, compression: Compression, maxBytes: number): Uint8Array {
  if (compression === 'identity') {
    if (body.byteLength > maxBytes) throw tooLarge(maxBytes);
    return body;
  }
  const inflater = inflaters[compression];
  if (inflater === undefined) throw new InflateError(`this Node cannot inflate ${compression}`);
  try {
    const chunkSize = likelyBytes(body, compression, maxBytes) + 1;
    return inflater(body, { maxOutputLength: maxBytes, chunkSize });
  } catch (error) {
    if (isOverLimit(error)) throw tooLarge(maxBytes);
    throw new InflateError(`the body is not valid ${compression}`);
  }
}

/** Telemetry compresses five- to tenfold. */
const usualRatio = 8;

/** Deflate makes nothing smaller than a 1032nd of itself (https://zlib.net/zlib_tech.html). */
const maxRatio = 1032;

/** zlib's own default. */
const minChunkBytes = 16 * 1024;

/**
 * The size that comes out, where it is told: zlib puts together what does not fit into one piece of memory, and holds it
 * twice for that. A gzip member ends with its size modulo 2^32 (RFC 1952 §2.3.1). A piece over the limit costs no more than
 * the limit, as memory that is not written to is not resident.
 */
function likelyBytes(body: Uint8Array, compression: Compression, maxBytes: number): number {
  const { buffer, byteOffset, byteLength } = body;
  const tells = compression === 'gzip' && byteLength >= 4;
  const told = tells
    ? new DataView(buffer, byteOffset, byteLength).getUint32(byteLength - 4, true)
    : byteLength * usualRatio;
  return Math.min(maxBytes, Math.max(minChunkBytes, Math.min(told, byteLength * maxRatio)));
}

/** HTTP's `deflate` is zlib-wrapped, yet clients send it raw too (RFC 9110 §8.4.1.2). */
function inflateEither(body: Uint8Array, options: InflateOptions): Uint8Array {
  const first = body[0] ?? 0;
  const second = body[1] ?? 0;
  const isWrapped = (first & 0x0f) === 8 && ((first << 8) | second) % 31 === 0;
  return isWrapped ? zlib.inflateSync(body, options) : zlib.inflateRawSync(body, options);
}

function isOverLimit(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';
}

function tooLarge(maxBytes: number): TooLargeError {
  return new TooLargeError(`the body is larger than ${String(maxBytes)} bytes once inflated`);
}
