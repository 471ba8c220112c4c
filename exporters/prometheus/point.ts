import type { LabelSet } from './label-set.ts';

/** One measurement behind a number. */
export interface Exemplar {
  readonly value: number;
  /** Seconds since the epoch. */
  readonly timeSeconds: number;
  /** The trace and the span. */
  readonly labels: LabelSet;
}

/** What a series holds. Counts of buckets are their own, not those of all below. */
export type PointData =
  | { readonly kind: 'number'; readonly value: number; readonly exemplar?: Exemplar }
  | {
      readonly kind: 'histogram';
      readonly count: number;
      readonly sum: number | undefined;
      /** Upper bounds; the last bucket, above all of them, has none. */
      readonly bounds: readonly number[];
      readonly buckets: readonly number[];
      readonly exemplars: readonly Exemplar[];
    }
  | {
      readonly kind: 'summary';
      readonly count: number;
      readonly sum: number;
      readonly quantiles: readonly (readonly [quantile: number, value: number])[];
    };

/** The type of a metric family as both text formats write it. */
export type FamilyType = 'counter' | 'gauge' | 'histogram' | 'summary';

/** One series with its newest point. What tells a series of a family apart is written as its reader wants it. */
export interface Point<Labels> {
  readonly family: string;
  readonly type: FamilyType;
  readonly help: string;
  /** As in OTLP. */
  readonly unit: string;
  readonly labels: Labels;
  readonly timeMs: number;
  /** Since when the series counts; 0 where that is not known. */
  readonly startMs: number;
  /** Whether it is what came since the point before. */
  readonly isDelta: boolean;
  /** Undefined where the sender says that the series has ended. */
  readonly data: PointData | undefined;
  /** False for what is not in the ledger: `target_info`. */
  readonly isItem: boolean;
}
