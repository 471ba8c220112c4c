import type { Point } from '../prometheus/point.ts';

/** A point as the worker part hands it over. */
export interface WritePoint extends Point<readonly string[]> {
  /** Names and values of labels by turns, ordered by name, without `__name__`. */
  readonly labels: readonly string[];
  /** What tells the series from all others: its name and labels. */
  readonly key: string;
}
