/** One span as `trace-tree.ts` prints it, wherever it was read from: a batch in a worker, or rows of the `otel_traces` table. */
export interface SpanRow {
  /** Lower-case hex. */
  readonly traceId: string;
  readonly spanId: string;
  /** '' for a root. */
  readonly parentSpanId: string;
  readonly name: string;
  /** `service.name` of the resource, '' where absent. */
  readonly service: string;
  readonly startTimeUnixNano: bigint;
  readonly durationMs: number;
  /** `genai.kind`, else `gen_ai.operation.name`, else ''. */
  readonly kind: string;
  readonly provider: string;
  /** The model that answered, else the one asked for, else ''. */
  readonly model: string;
  /** Inclusive counts as in the contract; undefined where the span carries none. */
  readonly tokens: Tokens;
  /** Undefined where the call was not priced. */
  readonly costUsd: number | undefined;
  /** `genai.cost.status`: priced, provided, unpriced, duplicate, aggregate, or ''. */
  readonly costStatus: string;
  /** `genai.cost.reason`: why a call is unpriced, or ''. */
  readonly costReason: string;
  readonly failed: boolean;
  readonly statusMessage: string;
  /** What redaction took out, by entity (`email: 2`); the key `masked` alone where only the total is known. */
  readonly redactions: Readonly<Record<string, number>>;
  /** More lines to print under the span, already safe for a terminal. */
  readonly details: readonly string[];
}

/** Token counts of a call: `cacheRead` and `cacheWrite` are parts of `input`, `reasoning` is a part of `output`. */
export interface Tokens {
  readonly input: number | undefined;
  readonly output: number | undefined;
  readonly cacheRead: number | undefined;
  readonly cacheWrite: number | undefined;
  readonly reasoning: number | undefined;
}

/** What some spans come to. Calls that another span bills (`duplicate`, `aggregate`) count neither tokens nor cost. */
export interface SpanTotals {
  readonly spans: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly costUsd: number;
  /** Calls that carry usage and have no price. */
  readonly unpriced: number;
  readonly failed: number;
  readonly redactions: Readonly<Record<string, number>>;
}

/** Sums rows of one trace or of many. */
export function totalOf(rows: readonly SpanRow[]): SpanTotals {
  const billed = rows.filter((row) => !['duplicate', 'aggregate'].includes(row.costStatus));
  const sum = (value: (row: SpanRow) => number | undefined): number =>
    billed.reduce((total, row) => total + (value(row) ?? 0), 0);
  return {
    spans: rows.length,
    inputTokens: sum((row) => row.tokens.input),
    outputTokens: sum((row) => row.tokens.output),
    costUsd: sum((row) => row.costUsd),
    unpriced: rows.filter((row) => row.costStatus === 'unpriced').length,
    failed: rows.filter((row) => row.failed).length,
    redactions: sumRedactions(rows),
  };
}

function sumRedactions(rows: readonly SpanRow[]): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const row of rows) {
    for (const [entity, count] of Object.entries(row.redactions)) {
      sums[entity] = (sums[entity] ?? 0) + count;
    }
  }
  return sums;
}
