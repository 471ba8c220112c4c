import { crc32 } from 'node:zlib';
import type { Amount } from '../amount.ts';
import type { Position } from '../log.ts';
import { frameHeaderBytes, readUint64, writeUint64 } from './frame.ts';

/**
 * A segment begins with the same 64 bytes twice, so that one damaged bit does not cost a whole segment. Little-endian:
 *
 * | at | field     |                                                    |
 * | -- | --------- | -------------------------------------------------- |
 * | 0  | magic     | 8 bytes `WEIRSEGM`                                 |
 * | 8  | version   | u32                                                |
 * | 12 | salt      | u32, random                                        |
 * | 16 | first     | u64, position of the first record                  |
 * | 24 | createdMs | u64, milliseconds since the epoch                  |
 * | 32 | usedBytes | u64, bytes of the file that were another segment's |
 * | 60 | crc       | u32, CRC-32 of what is before                      |
 */
export interface SegmentHeader {
  readonly version: number;
  readonly salt: number;
  readonly first: Position;
  readonly createdMs: number;
  readonly usedBytes: number;
}

const copyBytes = 64;

/** Where the first frame of a segment is. */
export const segmentHeaderBytes = copyBytes * 2;

/** Version of the format of segments and cursors that this code reads and writes. */
export const formatVersion = 1;

const magic = Buffer.from('WEIRSEGM', 'latin1');

/** Bytes of both copies. */
export function encodeSegmentHeader(header: SegmentHeader): Buffer {
  const copy = Buffer.alloc(copyBytes);
  magic.copy(copy);
  copy.writeUInt32LE(header.version, 8);
  copy.writeUInt32LE(header.salt, 12);
  writeUint64(copy, 16, header.first);
  writeUint64(copy, 24, header.createdMs);
  writeUint64(copy, 32, header.usedBytes);
  copy.writeUInt32LE(crc32(copy.subarray(0, 60)), 60);
  return Buffer.concat([copy, copy]);
}

/** Reads the first sound copy; undefined where there is none. */
export function decodeSegmentHeader(source: Buffer): SegmentHeader | undefined {
  for (let at = 0; at + copyBytes <= source.byteLength; at += copyBytes) {
    const copy = source.subarray(at, at + copyBytes);
    const isSound =
      copy.subarray(0, magic.byteLength).equals(magic) &&
      crc32(copy.subarray(0, 60)) === copy.readUInt32LE(60);
    if (!isSound) continue;
    return {
      version: copy.readUInt32LE(8),
      salt: copy.readUInt32LE(12),
      first: readUint64(copy, 16),
      createdMs: readUint64(copy, 24),
      usedBytes: readUint64(copy, 32),
    };
  }
  return undefined;
}

/** The file name of the segment whose first record has this position. */
export function toSegmentName(first: Position): string {
  return `${String(first).padStart(20, '0')}.seg`;
}

/** The position in a segment's name; undefined where the name is no segment's. */
export function parseSegmentName(name: string): Position | undefined {
  const digits = /^(\d{20})\.seg$/.exec(name)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

const trailerBodyBytes = 24;

/** Bytes of a trailer with its header. */
export const trailerBytes = frameHeaderBytes + trailerBodyBytes;

/** The body of a trailer: bytes, items and requests of all records of the segment, each u64. */
export function encodeTrailer(totals: Readonly<Amount>): Buffer {
  const body = Buffer.alloc(trailerBodyBytes);
  writeUint64(body, 0, totals.bytes);
  writeUint64(body, 8, totals.items);
  writeUint64(body, 16, totals.requests);
  return body;
}

/** Reads what `encodeTrailer` wrote. */
export function decodeTrailer(body: Buffer): Amount {
  return { bytes: readUint64(body, 0), items: readUint64(body, 8), requests: readUint64(body, 16) };
}
