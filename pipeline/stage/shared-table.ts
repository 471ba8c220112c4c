import type { SharedTable } from '../component/shared-table.ts';
import type { TableKey } from '../component/table-key.ts';

/** Slots of one bucket: few enough to scan, many enough that hashing rarely fills one early. */
const bucketSlots = 8;

/** Rounds are 1 to this and wrap; even, so that neighbouring rounds always differ in parity. 0 marks an unused slot. */
const lastRound = 254;

const wordsPerSlot = 3;

/** Far above what contention explains; a loop beyond it is a bug and must not hang a worker. */
const maxTries = 1_000_000;

const maxValue = (1n << 64n) - 1n;

/** Memory of a table, made once on the main thread and handed to workers, which share it. */
export interface SharedTableMemory {
  readonly capacity: number;
  readonly buffer: SharedArrayBuffer;
}

/** Allocates a table of at least `capacity` slots, all free. */
export function allocateSharedTable(capacity: number): SharedTableMemory {
  const buckets = Math.max(1, Math.ceil(capacity / bucketSlots));
  const slots = buckets * bucketSlots;
  return { capacity: slots, buffer: new SharedArrayBuffer(slots * wordsPerSlot * 8) };
}

/**
 * Opens a table in this thread. A slot is three 64-bit words: the key (8 bits of round, 56 of the key's hash) and two
 * values, of which the round's parity says which one counts; a value of 0 is not set yet.
 *
 * A bucket is a ring that is written strictly in order. Two threads never claim one key twice, because the slot to write
 * next follows from the very words that the compare-and-swap expects: had anybody inserted anything since the scan, it
 * went to that slot first, and the swap fails. Nobody waits either: whoever finds a key without a value proposes its own,
 * so a thread that is killed in between leaves nothing locked. What may go wrong is that a thread sleeps, in the middle of
 * a claim, until its bucket has been overwritten twice; then one entry may be lost or hold a neighbour's value.
 */
export function openSharedTable(memory: SharedTableMemory): SharedTable {
  const words = new BigUint64Array(memory.buffer);
  const halves = new Int32Array(memory.buffer);
  const buckets = memory.capacity / bucketSlots;
  const hash: KeyHash = { low: 0, high: 0, bucket: 0 };
  const next: NextSlot = { at: 0, round: 0, expected: 0n };
  const slot: Slot = { at: 0, high: 0 };
  const insertKey = (value: bigint): bigint => {
    for (let tries = 0; tries < maxTries; tries += 1) {
      if (!scan(words, halves, hash.bucket, next)) continue;
      if (find(halves, hash, slot)) return settle(words, halves, slot, value);
      if (insert(words, next, hash, slot)) return settle(words, halves, slot, value);
    }
    throw new Error('a shared table was never quiet enough to claim a key');
  };
  return {
    capacity: memory.capacity,
    claim: (key, value) => {
      if (value <= 0n || value > maxValue)
        throw new RangeError(`no 64-bit value above 0: ${value}`);
      toHash(key, buckets, hash);
      // A key that is there needs no scan.
      return find(halves, hash, slot) ? settle(words, halves, slot, value) : insertKey(value);
    },
    get: (key) => {
      toHash(key, buckets, hash);
      if (!find(halves, hash, slot)) return 0n;
      const value = Atomics.load(words, valueOf(slot));
      return isStill(halves, slot) ? value : 0n;
    },
  };
}

interface KeyHash {
  low: number;
  /** 24 bits. */
  high: number;
  bucket: number;
}

/** A slot that holds a key. */
interface Slot {
  /** Index of its key word. */
  at: number;
  /** The upper half of that word, which is another one as soon as the slot is written again. */
  high: number;
}

interface NextSlot {
  /** Index of the slot's key word. */
  at: number;
  round: number;
  /** The key word as scanned. */
  expected: bigint;
}

/**
 * Finds the slot that is written next: the first that is a round behind slot 0, else slot 0 itself. False where
 * insertions ran past the scan. Must precede `find`: see `openSharedTable`.
 */
function scan(words: BigUint64Array, halves: Int32Array, bucket: number, next: NextSlot): boolean {
  const base = bucket * bucketSlots * wordsPerSlot;
  next.at = base;
  next.expected = Atomics.load(words, base);
  const current = roundOf(next.expected);
  next.round = after(current);
  if (current === 0) return true;
  for (let at = base + wordsPerSlot; at < base + bucketSlots * wordsPerSlot; at += wordsPerSlot) {
    if (Atomics.load(halves, at * 2 + 1) >>> 24 === current) continue;
    next.at = at;
    next.round = current;
    next.expected = Atomics.load(words, at);
    const behind = roundOf(next.expected);
    return behind === 0 || after(behind) === current;
  }
  return true;
}

/**
 * Finds the slot of a key; false where its bucket does not hold it. Reads halves: each word would be an object. Slots are
 * looked through without atomics, which are several times slower: a value that was there before the scan is seen in any case.
 */
function find(halves: Int32Array, hash: KeyHash, slot: Slot): boolean {
  const base = hash.bucket * bucketSlots * wordsPerSlot;
  for (let at = base; at < base + bucketSlots * wordsPerSlot; at += wordsPerSlot) {
    if (halves[at * 2] !== hash.low) continue;
    const high = Atomics.load(halves, at * 2 + 1);
    if (high >>> 24 === 0 || (high & 0xffffff) !== hash.high) continue;
    // A slot that was written between the two loads would be half another key's.
    if (Atomics.load(halves, at * 2) !== hash.low) continue;
    slot.at = at;
    slot.high = high;
    return true;
  }
  return false;
}

/** Writes the key; false where another thread wrote something first. */
function insert(words: BigUint64Array, next: NextSlot, hash: KeyHash, slot: Slot): boolean {
  slot.at = next.at;
  slot.high = (next.round << 24) | hash.high;
  const valueAt = valueOf(slot);
  const stale = Atomics.load(words, valueAt);
  if (Atomics.load(words, next.at) !== next.expected) return false;
  if (stale !== 0n) Atomics.compareExchange(words, valueAt, stale, 0n);
  const word = joined(hash.low, slot.high);
  return Atomics.compareExchange(words, next.at, next.expected, word) === next.expected;
}

/** Sets the value of a slot's key where nobody has, and returns the one that holds. */
function settle(words: BigUint64Array, halves: Int32Array, slot: Slot, value: bigint): bigint {
  const valueAt = valueOf(slot);
  if (!isStill(halves, slot)) return value;
  const before = Atomics.compareExchange(words, valueAt, 0n, value);
  return before === 0n || !isStill(halves, slot) ? value : before;
}

function isStill(halves: Int32Array, { at, high }: Slot): boolean {
  return Atomics.load(halves, at * 2 + 1) === high;
}

/** One word and its halves, by which it is looked into: every operation on a bigint makes another. */
const oneWord = new BigUint64Array(1);
const itsHalves = new Int32Array(oneWord.buffer);

function joined(low: number, high: number): bigint {
  itsHalves[0] = low;
  itsHalves[1] = high;
  return oneWord[0] ?? 0n;
}

/** Index of the value that counts for the key in a slot. */
function valueOf({ at, high }: Slot): number {
  return at + 1 + ((high >>> 24) & 1);
}

function roundOf(word: bigint): number {
  oneWord[0] = word;
  return (itsHalves[1] ?? 0) >>> 24;
}

function after(round: number): number {
  return (round % lastRound) + 1;
}

/** 56 bits for the key word, and the rest for the bucket, with a final mix. */
function toHash({ low, high }: TableKey, buckets: number, hash: KeyHash): void {
  const a = Math.imul(low ^ (low >>> 16), 2246822507) ^ Math.imul(high ^ (high >>> 13), 3266489909);
  const b = Math.imul(high ^ (high >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909);
  hash.low = a | 0;
  hash.high = b & 0xffffff;
  const mixed = Math.imul((b >>> 8) ^ a, 2246822507);
  hash.bucket = ((mixed ^ (mixed >>> 15)) >>> 0) % buckets;
}
