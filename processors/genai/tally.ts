import type { WorkerContext } from '../../pipeline/component/transform.ts';

/** Counts of one batch, reported at its end: one call of the meter for each label set instead of one for each span. */
export interface Tally {
  dialect(name: string): void;
  cost(status: string, reason: string): void;
  claim(result: string): void;
  dropped(reason: string, count: number): void;
  failed(): void;
  /** Reports and starts over. */
  flush(): void;
}

/** Creates the tally of a worker over the counters that the factory declares. */
export function createTally(context: Pick<WorkerContext, 'count'>): Tally {
  const dialects = createCounts();
  const costs = new Map<string, Counts>();
  const claims = createCounts();
  const drops = createCounts();
  let lastStatus = '';
  let reasons = createCounts();
  let failures = 0;
  return {
    failed() {
      failures++;
    },
    dialect(name) {
      dialects.add(name, 1);
    },
    cost(status, reason) {
      if (status !== lastStatus) {
        reasons = costs.get(status) ?? createCounts();
        costs.set(status, reasons);
        lastStatus = status;
      }
      reasons.add(reason, 1);
    },
    claim(result) {
      claims.add(result, 1);
    },
    dropped(reason, count) {
      if (count > 0) drops.add(reason, count);
    },
    flush() {
      if (failures > 0) context.count('weir_processor_genai_failed_spans_total', {}, failures);
      failures = 0;
      dialects.drain((dialect, count) => {
        context.count('weir_processor_genai_spans_total', { dialect }, count);
      });
      claims.drain((result, count) => {
        context.count('weir_processor_genai_claims_total', { result }, count);
      });
      drops.drain((reason, count) => {
        context.count('weir_processor_genai_dropped_attributes_total', { reason }, count);
      });
      for (const [status, counts] of costs) {
        counts.drain((reason, count) => {
          context.count('weir_processor_genai_cost_spans_total', { status, reason }, count);
        });
      }
    },
  };
}

/** Counts by name. */
interface Counts {
  add(name: string, count: number): void;
  /** Reports and starts over. */
  drain(report: (name: string, count: number) => void): void;
}

/** Creates counts; neighbours are mostly counted under one name, which is then added once for all of them. */
function createCounts(): Counts {
  const counts = new Map<string, number>();
  let last = '';
  let pending = 0;
  const settle = (): void => {
    if (pending > 0) counts.set(last, (counts.get(last) ?? 0) + pending);
    pending = 0;
  };
  return {
    add(name, count) {
      if (name !== last) settle();
      last = name;
      pending += count;
    },
    drain(report) {
      settle();
      for (const [name, count] of counts) report(name, count);
      counts.clear();
    },
  };
}
