import { crc32 } from 'node:zlib';
import type { Position } from '../log.ts';
import { maxSlicesOut } from '../storage.ts';
import type { FileHandle, FileSystem } from './file-system.ts';
import { readUint64, writeUint64 } from './frame.ts';
import { formatVersion } from './segment-format.ts';

/** Positions from `from` up to and without `to`. */
export interface Range {
  readonly from: Position;
  readonly to: Position;
}

/**
 * What an exporter has settled: everything below `readAt` but the slices that are out. A slot of a cursor file holds it,
 * little-endian:
 *
 * | at  | field      |                                                        |
 * | --- | ---------- | ------------------------------------------------------ |
 * | 0   | magic      | 4 bytes `WCUR`                                         |
 * | 4   | version    | u32                                                    |
 * | 8   | generation | u64; the sound slot with the larger one counts         |
 * | 16  | readAt     | u64                                                    |
 * | 24  | orphanedMs | u64, milliseconds since the epoch; 0 where it is not   |
 * | 32  | count      | u32, slices that are out                               |
 * | 40  | out        | 16 × (from u64, to u64)                                |
 * | 508 | crc        | u32, CRC-32 of what is before                          |
 */
export interface CursorState {
  readonly readAt: Position;
  readonly out: readonly Range[];
  /** When no configuration had the exporter any more; 0 where one has. */
  readonly orphanedMs: number;
}

const slotBytes = 512;
const slots = 3;
const crcAt = 508;
const outAt = 40;
const magic = Buffer.from('WCUR', 'latin1');

/**
 * A cursor file: three slots, written in place. The one that was brought to the disk last is kept until another is, and the
 * other two are written in turn: one is whole wherever the process dies, and the kept one wherever the machine does.
 */
export interface CursorFile {
  /** Reaches the operating system at once, and the disk with `sync`. */
  write(state: CursorState): void;
  sync(): void;
  close(): void;
}

/** What is in a cursor file: its state, that it is damaged, or that a newer version wrote it. */
export type CursorContent =
  | {
      readonly kind: 'sound';
      readonly state: CursorState;
      readonly generation: number;
      /** Number of the slot that holds it. */
      readonly slot: number;
    }
  | { readonly kind: 'damaged' }
  | { readonly kind: 'foreign'; readonly version: number };

/** Reads all slots. */
export function readCursorFile(fs: FileSystem, file: FileHandle): CursorContent {
  const bytes = Buffer.alloc(slotBytes * slots);
  const length = fs.read(file, bytes, 0);
  let newest: CursorContent = { kind: 'damaged' };
  for (let at = 0; at + slotBytes <= length; at += slotBytes) {
    const slot = bytes.subarray(at, at + slotBytes);
    if (!isSound(slot)) continue;
    const version = slot.readUInt32LE(4);
    if (version !== formatVersion) return { kind: 'foreign', version };
    const generation = readUint64(slot, 8);
    if (newest.kind === 'sound' && newest.generation > generation) continue;
    newest = { kind: 'sound', state: decodeState(slot), generation, slot: at / slotBytes };
  }
  return newest;
}

/** Writes to an open cursor file, after what was found in it; over everything where nothing sound was. */
export function createCursorFile(
  fs: FileSystem,
  file: FileHandle,
  found: CursorContent = { kind: 'damaged' },
): CursorFile {
  const slot = Buffer.alloc(slotBytes);
  let { generation, slot: last } =
    found.kind === 'sound' ? found : { generation: 0, slot: slots - 1 };
  let kept = last;
  if (found.kind === 'sound') syncQuietly(fs, file);
  return {
    write: (state) => {
      encodeSlot(slot, state, generation + 1);
      const target = otherSlot(last, kept);
      // The first one takes the room of all: a cursor must be written on a full disk too.
      const buffers = generation === 0 ? [slot, Buffer.alloc(slotBytes * (slots - 1))] : [slot];
      const size = buffers.reduce((sum, { byteLength }) => sum + byteLength, 0);
      if (fs.write(file, buffers, target * slotBytes) !== size) {
        throw new Error('a cursor was written in part');
      }
      generation += 1;
      last = target;
    },
    sync: () => {
      fs.sync(file);
      kept = last;
    },
    close: () => {
      fs.close(file);
    },
  };
}

/** A slot that is neither of the two. */
function otherSlot(last: number, kept: number): number {
  const next = (last + 1) % slots;
  return next === kept ? (next + 1) % slots : next;
}

/** What was found may not be on the disk yet; where that cannot be had, the first `sync` fails and is told of. */
function syncQuietly(fs: FileSystem, file: FileHandle): void {
  try {
    fs.sync(file);
  } catch {
    // Nothing is lost by it: at worst a machine that dies now delivers again.
  }
}

function isSound(slot: Buffer): boolean {
  return (
    slot.subarray(0, magic.byteLength).equals(magic) &&
    crc32(slot.subarray(0, crcAt)) === slot.readUInt32LE(crcAt)
  );
}

function encodeSlot(slot: Buffer, state: CursorState, generation: number): void {
  if (state.out.length > maxSlicesOut) throw new RangeError('too many slices for a cursor file');
  slot.fill(0);
  magic.copy(slot);
  slot.writeUInt32LE(formatVersion, 4);
  writeUint64(slot, 8, generation);
  writeUint64(slot, 16, state.readAt);
  writeUint64(slot, 24, state.orphanedMs);
  slot.writeUInt32LE(state.out.length, 32);
  for (const [index, { from, to }] of state.out.entries()) {
    writeUint64(slot, outAt + index * 16, from);
    writeUint64(slot, outAt + index * 16 + 8, to);
  }
  slot.writeUInt32LE(crc32(slot.subarray(0, crcAt)), crcAt);
}

function decodeState(slot: Buffer): CursorState {
  const count = Math.min(slot.readUInt32LE(32), maxSlicesOut);
  const out = Array.from({ length: count }, (_, index) => ({
    from: readUint64(slot, outAt + index * 16),
    to: readUint64(slot, outAt + index * 16 + 8),
  }));
  return { readAt: readUint64(slot, 16), orphanedMs: readUint64(slot, 24), out };
}
