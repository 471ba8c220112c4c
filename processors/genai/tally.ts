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
  const dialects = new Map<string, number>();
  const costs = new Map<string, Map<string, number>>();
  const claims = new Map<string, number>();
  const drops = new Map<string, number>();
  let failures = 0;
  return {
    failed() {
      failures++;
    },
    dialect(name) {
      add(dialects, name, 1);
    },
    cost(status, reason) {
      let reasons = costs.get(status);
      if (reasons === undefined) costs.set(status, (reasons = new Map<string, number>()));
      add(reasons, reason, 1);
    },
    claim(result) {
      add(claims, result, 1);
    },
    dropped(reason, count) {
      if (count > 0) add(drops, reason, count);
    },
    flush() {
      if (failures > 0) context.count('weir_processor_genai_failed_spans_total', {}, failures);
      failures = 0;
      drain(dialects, (dialect, count) => {
        context.count('weir_processor_genai_spans_total', { dialect }, count);
      });
      drain(claims, (result, count) => {
        context.count('weir_processor_genai_claims_total', { result }, count);
      });
      drain(drops, (reason, count) => {
        context.count('weir_processor_genai_dropped_attributes_total', { reason }, count);
      });
      for (const [status, reasons] of costs) {
        drain(reasons, (reason, count) => {
          context.count('weir_processor_genai_cost_spans_total', { status, reason }, count);
        });
      }
    },
  };
}

function add(counts: Map<string, number>, name: string, count: number): void {
  counts.set(name, (counts.get(name) ?? 0) + count);
}

function drain(counts: Map<string, number>, report: (name: string, count: number) => void): void {
  for (const [name, count] of counts) if (count > 0) report(name, count);
  counts.clear();
}
