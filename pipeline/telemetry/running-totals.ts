import type { Counter, Labels } from '../component/context.ts';

/** One counter of a metric: what was added for one set of labels. */
export interface RunningTotal extends Counter {
  readonly labels: Labels;
  readonly value: number;
}

/** The counters of one metric, by their labels. */
export interface RunningTotals extends Iterable<RunningTotal> {
  /** The counter of these labels, 0 at first; the same one for the same values. @throws Error for an undeclared label. */
  of(labels: Labels): RunningTotal;
}

/** Label sets of one metric beyond this are counted under `other`, so that no input can grow the registry. */
const maxSeries = 2000;

/**
 * Creates the counters of a metric. They are plain numbers, which the registry reads when it is scraped: adding must cost
 * no more than an addition, because some counters are added to with every request.
 * @param kept labels that stay as they are where the rest becomes `other`: the component's own.
 */
export function createRunningTotals(
  labelNames: readonly string[],
  kept: ReadonlySet<string>,
): RunningTotals {
  const totals = new Map<string, Total>();
  const keyOf = (labels: Labels): string => {
    let key = '';
    for (const name of labelNames) key += `${labels[name] ?? ''}\0`;
    return key;
  };
  const toOther = (labels: Labels): Labels => {
    const names = labelNames.filter((name) => name in labels);
    return Object.fromEntries(
      names.map((name) => [name, kept.has(name) ? (labels[name] ?? '') : 'other']),
    );
  };
  const find = (labels: Labels): Total => {
    const key = keyOf(labels);
    let total = totals.get(key);
    if (total !== undefined) return total;
    for (const name in labels) {
      if (!labelNames.includes(name)) throw new Error(`label ${name} is not declared`);
    }
    total = new Total({ ...labels });
    totals.set(key, total);
    return total;
  };
  return {
    of: (labels) => {
      if (totals.size < maxSeries) return find(labels);
      return totals.get(keyOf(labels)) ?? find(toOther(labels));
    },
    [Symbol.iterator]: () => totals.values(),
  };
}

/** A class, so that all counters share the code that the engine compiles for adding to one. */
class Total implements RunningTotal {
  value = 0;
  readonly labels: Labels;

  constructor(labels: Labels) {
    this.labels = labels;
  }

  add(value: number): void {
    // Found out at once, because a total that is no number would break every later scrape.
    if (!(value >= 0 && value < Infinity)) throw new RangeError('a counter only grows');
    this.value += value;
  }
}
