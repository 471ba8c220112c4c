import { promisify } from 'node:util';
import * as zlib from 'node:zlib';
import type kafkajs from 'kafkajs';
import { gzip } from '../otlp_http/gzip.ts';
import { decompressSnappy } from './snappy-blocks.ts';

/** A codec as kafkajs wants it. */
interface Codec {
  compress(encoder: { readonly buffer: Buffer }): Promise<Buffer>;
  decompress(buffer: Buffer): Promise<Buffer>;
}

type ZlibCallback = (error: Error | null, result: Buffer) => void;
type ZlibCall = (input: Uint8Array, callback: ZlibCallback) => void;

// Node 22.15 has both; the types of the oldest supported Node do not know them.
const { zstdCompress, zstdDecompress } = zlib as {
  readonly zstdCompress?: ZlibCall;
  readonly zstdDecompress?: ZlibCall;
};

/** Whether this Node reads and writes zstd. */
export const hasZstd: boolean = zstdCompress !== undefined && zstdDecompress !== undefined;

const unzip = promisify(zlib.unzip);

const gzipCodec: Codec = {
  compress: async ({ buffer }) => toBuffer(await gzip(buffer)),
  decompress: (buffer) => unzip(buffer),
};

/** Loaded when the first message is compressed so: the libraries are native code. */
const snappyCodec: Codec = {
  compress: async ({ buffer }) => (await import('snappy')).compress(buffer),
  decompress: async (buffer) => {
    const { uncompress } = await import('snappy');
    return decompressSnappy(buffer, async (block) => toBuffer(await uncompress(block)));
  },
};

const lz4Codec: Codec = {
  compress: async ({ buffer }) => (await import('lz4-napi')).compressFrame(buffer),
  decompress: async (buffer) => (await import('lz4-napi')).decompressFrame(buffer),
};

/**
 * Gives kafkajs, which has gzip only, the codecs of Kafka. They are the library's for the whole process: loading it twice
 * sets the very same ones.
 */
export function registerCodecs({ CompressionCodecs, CompressionTypes }: typeof kafkajs): void {
  CompressionCodecs[CompressionTypes.GZIP] = () => gzipCodec;
  CompressionCodecs[CompressionTypes.Snappy] = () => snappyCodec;
  CompressionCodecs[CompressionTypes.LZ4] = () => lz4Codec;
  if (zstdCompress === undefined || zstdDecompress === undefined) return;
  const zstdCodec: Codec = {
    compress: ({ buffer }) => promisify(zstdCompress)(buffer),
    decompress: (buffer) => promisify(zstdDecompress)(buffer),
  };
  CompressionCodecs[CompressionTypes.ZSTD] = () => zstdCodec;
}

function toBuffer(bytes: Uint8Array | string): Buffer {
  return typeof bytes === 'string'
    ? Buffer.from(bytes)
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
