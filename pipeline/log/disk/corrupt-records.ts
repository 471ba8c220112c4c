import type { Position } from '../log.ts';
import type { Segment } from './segment.ts';

/** Damaged records of a log. Every exporter comes across the same one; it is counted once. */
export interface CorruptRecords {
  note(positions: Iterable<Position>): void;
  /** A segment is gone, and its damaged records with it. */
  forget(segment: Segment): void;
}

/** Damaged records that are remembered; of more than that at once no more are counted. */
export const maxCorruptNoted = 4096;

/** Creates the list of a log; `onNew` is told how many were not known yet. */
export function createCorruptRecords(onNew: (records: number) => void): CorruptRecords {
  const noted = new Set<Position>();
  return {
    note: (positions) => {
      const before = noted.size;
      for (const position of positions) {
        if (noted.size < maxCorruptNoted) noted.add(position);
      }
      if (noted.size > before) onNew(noted.size - before);
    },
    forget: ({ first, next }) => {
      for (const position of noted) {
        if (position >= first && position < next) noted.delete(position);
      }
    },
  };
}
