import { formatBound, samplesOf } from '../prometheus/samples.ts';
import type { Sample } from '../prometheus/samples.ts';
import type { SeriesWrite } from './series-tracker.ts';

/** One sample of one series of a write. */
export interface SeriesLine extends Sample {
  /** Whether the marker of an ended series stands in place of the value. */
  readonly isStale: boolean;
}

/** The samples that a write comes to, each of a series of its own. */
export function linesOf(write: SeriesWrite): SeriesLine[] {
  const { data, isEnded, endedBounds } = write;
  const lines = samplesOf(data).map((sample) => ({ ...sample, isStale: isEnded }));
  const ended = endedBounds.map((bound): SeriesLine => ({
    suffix: '_bucket',
    label: ['le', formatBound(bound)],
    value: 0,
    isStale: true,
  }));
  return ended.length === 0 ? lines : [...lines, ...ended];
}

/** Where the labels of a point are parted by those that a line adds, because labels stand in the order of their names. */
export interface LabelSplit {
  /** Index of the first label behind `__name__`. */
  readonly atName: number;
  /** Index of the first label behind `le` or `quantile`. */
  readonly atExtra: number;
}

/** Parts labels, given as names and values by turns. */
export function splitLabels(labels: readonly string[], extraName: string | undefined): LabelSplit {
  let atName = 0;
  while (atName < labels.length && (labels[atName] ?? '') < '__name__') atName += 2;
  let atExtra = atName;
  if (extraName === undefined) return { atName, atExtra };
  while (atExtra < labels.length && (labels[atExtra] ?? '') < extraName) atExtra += 2;
  return { atName, atExtra };
}
