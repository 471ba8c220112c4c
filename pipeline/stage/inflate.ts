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

type Inflater = (body: Uint8Array, options: { maxOutputLength: number }) => Uint8Array;

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
    return inflater(body, { maxOutputLength: maxBytes });
  } catch (error) {
    if (isOverLimit(error)) throw tooLarge(maxBytes);
    throw new InflateError(`the body is not valid ${compression}`);
  }
}

/** HTTP's `deflate` is zlib-wrapped, yet clients send it raw too (RFC 9110 §8.4.1.2). */
function inflateEither(body: Uint8Array, options: { maxOutputLength: number }): Uint8Array {
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
