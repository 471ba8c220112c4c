import { RowBinaryWriter } from './row-binary.ts';
import type { TableKind } from './tables.ts';

/** Where a payload goes. */
export interface RowRoute {
  readonly kind: TableKind;
  /** Days since the epoch, UTC: tables are partitioned by day, and one insert should touch one partition. */
  readonly day: number;
}

/** Rows of one table and day. */
export interface RowGroup {
  readonly route: RowRoute;
  readonly writer: RowBinaryWriter;
}

/** 86,400 s in units of 2^16 ns: exact, because a day's nanoseconds are divisible by that. */
const dayIn65536Ns = 1_318_359_375;

/** Writers that are kept for the next slice: a slice seldom spans more tables and days than this. */
const maxSpareWriters = 8;

/** The UTC day of nanoseconds since the epoch, given as two 32-bit halves: exact without 64-bit arithmetic. */
export function dayOf(low: number, high: number): number {
  return Math.floor((high * 65_536 + (low >>> 16)) / dayIn65536Ns);
}

/** The rows of one slice, gathered by table and day. Writers are reused from slice to slice. */
export class RowSet {
  readonly #groups = new Map<string, RowGroup>();
  readonly #spare: RowBinaryWriter[] = [];
  #last: RowGroup | undefined;

  /** The writer for a row of that table and time, which counts the row. */
  row(kind: TableKind, low: number, high: number): RowBinaryWriter {
    const day = dayOf(low, high);
    if (this.#last?.route.day !== day || this.#last.route.kind !== kind) {
      this.#last = this.#group(kind, day);
    }
    this.#last.writer.rows += 1;
    return this.#last.writer;
  }

  /** The groups that have rows, in the order of their first row. */
  groups(): RowGroup[] {
    return [...this.#groups.values()];
  }

  clear(): void {
    for (const { writer } of this.#groups.values()) {
      writer.clear();
      if (this.#spare.length < maxSpareWriters) this.#spare.push(writer);
    }
    this.#groups.clear();
    this.#last = undefined;
  }

  #group(kind: TableKind, day: number): RowGroup {
    const key = `${kind} ${day}`;
    const known = this.#groups.get(key);
    if (known !== undefined) return known;
    const writer = this.#spare.pop() ?? new RowBinaryWriter();
    const group = { route: { kind, day }, writer };
    this.#groups.set(key, group);
    return group;
  }
}
