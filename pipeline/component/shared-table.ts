import type { TableKey } from './table-key.ts';

/**
 * A fixed-size, lock-free table in one SharedArrayBuffer, seen by all workers of a process: the one exception to
 * "a transform is deterministic". Values are unsigned 64-bit integers; keys are hashes, so two may collide (one in
 * 2^64). Entries age: when a neighbourhood is full, the oldest entry gives way. A restart forgets everything.
 */
export interface SharedTable {
  /** Slots; set where the table is declared. */
  readonly capacity: number;
  /**
   * Claims `key` for `value`, from 1 to 2^64 - 1. Returns the value that holds the key afterwards: `value` where it was
   * free or already claimed for it, another's where it came first.
   */
  claim(key: TableKey, value: bigint): bigint;
  /** The value that holds the key, 0n where none does. */
  get(key: TableKey): bigint;
}

/** Declared by a processor's factory, so that the table exists before the workers start. */
export interface SharedTableDeclaration {
  /** At most this many keys are remembered; memory is 24 bytes each. */
  readonly capacity: number;
}
