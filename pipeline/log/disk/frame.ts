import { crc32 } from 'node:zlib';
import type { Position } from '../log.ts';

/**
 * A record on disk is a header and a body. Little-endian:
 *
 * | at | field      |                                                                        |
 * | -- | ---------- | ---------------------------------------------------------------------- |
 * | 0  | magic      | u32 `WEIR`                                                             |
 * | 4  | kind       | u8, 1 data, 2 trailer                                                  |
 * | 5  | zero       | 3 bytes                                                                |
 * | 8  | length     | u32, bytes of the body                                                 |
 * | 12 | items      | u32                                                                    |
 * | 16 | requests   | u32                                                                    |
 * | 20 | bodyCrc    | u32, CRC-32 (IEEE) of the body                                         |
 * | 24 | position   | u64                                                                    |
 * | 32 | appendedMs | u64, milliseconds since the epoch                                      |
 * | 40 | zero       | u64, for the tick of a sampler                                         |
 * | 48 | zero       | u32                                                                    |
 * | 52 | headerCrc  | u32, CRC-32 of what is before, started with the segment's salt         |
 *
 * The header has a sum of its own, so that a damaged length is known before it is trusted. The salt is what makes a frame
 * that a client wrote into its own payload worthless.
 */
export interface FrameHeader {
  readonly kind: FrameKind;
  readonly length: number;
  readonly items: number;
  readonly requests: number;
  readonly bodyCrc: number;
  readonly position: Position;
  readonly appendedMs: number;
}

/** Data is a record; the trailer sums up a segment that takes no more. */
export type FrameKind = 'data' | 'trailer';

/** Bytes of a header. */
export const frameHeaderBytes = 56;

/** First bytes of every frame, as they lie on disk. */
export const frameMagic = Buffer.from('WEIR', 'latin1');

const magicNumber = frameMagic.readUInt32LE(0);
const headerCrcAt = 52;
const kinds = { data: 1, trailer: 2 } as const satisfies Record<FrameKind, number>;
const twoTo32 = 2 ** 32;

/** Writes a header at `at`. */
export function writeFrameHeader(
  target: Buffer,
  at: number,
  header: FrameHeader,
  salt: number,
): void {
  target.writeUInt32LE(magicNumber, at);
  target.writeUInt32LE(kinds[header.kind], at + 4);
  target.writeUInt32LE(header.length, at + 8);
  target.writeUInt32LE(header.items, at + 12);
  target.writeUInt32LE(header.requests, at + 16);
  target.writeUInt32LE(header.bodyCrc, at + 20);
  writeUint64(target, at + 24, header.position);
  writeUint64(target, at + 32, header.appendedMs);
  writeUint64(target, at + 40, 0);
  target.writeUInt32LE(0, at + 48);
  const crc = crc32(target.subarray(at, at + headerCrcAt), salt);
  target.writeUInt32LE(crc, at + headerCrcAt);
}

/** Reads the header at `at`; undefined where there is no whole and sound one. */
export function readFrameHeader(source: Buffer, at: number, salt: number): FrameHeader | undefined {
  if (at + frameHeaderBytes > source.byteLength) return undefined;
  if (source.readUInt32LE(at) !== magicNumber) return undefined;
  const crc = crc32(source.subarray(at, at + headerCrcAt), salt);
  if (crc !== source.readUInt32LE(at + headerCrcAt)) return undefined;
  return {
    kind: source[at + 4] === kinds.trailer ? 'trailer' : 'data',
    length: source.readUInt32LE(at + 8),
    items: source.readUInt32LE(at + 12),
    requests: source.readUInt32LE(at + 16),
    bodyCrc: source.readUInt32LE(at + 20),
    position: readUint64(source, at + 24),
    appendedMs: readUint64(source, at + 32),
  };
}

/** Writes a number up to 2^53 as eight bytes, little-endian. */
export function writeUint64(target: Buffer, at: number, value: number): void {
  target.writeUInt32LE(value % twoTo32, at);
  target.writeUInt32LE(Math.floor(value / twoTo32), at + 4);
}

/** Reads what `writeUint64` wrote. */
export function readUint64(source: Buffer, at: number): number {
  return source.readUInt32LE(at) + source.readUInt32LE(at + 4) * twoTo32;
}
