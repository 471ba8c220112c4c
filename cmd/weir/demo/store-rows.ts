import { createClient } from '@clickhouse/client';
import type { SpanRow } from '../../../exporters/debug/span-row.ts';
import type { ChdbConnection } from '../../../extensions/chdb/connection.ts';

/** Reads the spans of some traces that have arrived by now; rejects where the store does not answer. */
export type ReadSpans = (traceIds: readonly string[]) => Promise<SpanRow[]>;

/** A reader of the embedded store's `otel_traces` table. */
export function createStoreReader(connection: ChdbConnection): ReadSpans {
  const client = createClient({
    url: connection.url,
    username: connection.user,
    password: connection.password,
    database: connection.database,
    request_timeout: requestTimeoutMs,
  });
  return async (traceIds) => {
    try {
      const result = await client.query({
        query,
        query_params: { traceIds },
        format: 'JSONEachRow',
      });
      const rows: StoredSpan[] = await result.json();
      return rows.map(toSpanRow);
    } catch (error) {
      // The exporter makes the table with its first insert.
      if (error instanceof Error && 'type' in error && error.type === 'UNKNOWN_TABLE') return [];
      throw error;
    }
  };
}

const requestTimeoutMs = 10_000;

// Numbers come as text or null, so that no JSON setting of the server changes their form.
const query = `
SELECT
  TraceId AS traceId, SpanId AS spanId, ParentSpanId AS parentSpanId, SpanName AS name, ServiceName AS service,
  toString(toUnixTimestamp64Nano(Timestamp)) AS startTimeUnixNano, toString(Duration) AS durationNano,
  SpanAttributes['genai.kind'] AS kind, GenAiOperation AS operation, GenAiProvider AS provider,
  GenAiRequestModel AS requestModel, GenAiResponseModel AS responseModel,
  toString(InputTokens) AS input, toString(OutputTokens) AS output, toString(CacheReadTokens) AS cacheRead,
  toString(CacheWriteTokens) AS cacheWrite, toString(ReasoningTokens) AS reasoning,
  toString(CostUsd) AS cost, CostStatus AS costStatus, SpanAttributes['genai.cost.reason'] AS costReason,
  StatusCode AS statusCode, StatusMessage AS statusMessage,
  mapFilter((key, value) -> key LIKE 'redaction.%.count', SpanAttributes) AS redactions
FROM otel_traces
WHERE TraceId IN ({traceIds: Array(String)})`;

/** A row of the query. */
interface StoredSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly name: string;
  readonly service: string;
  readonly startTimeUnixNano: string;
  readonly durationNano: string;
  readonly kind: string;
  readonly operation: string;
  readonly provider: string;
  readonly requestModel: string;
  readonly responseModel: string;
  readonly input: string | null;
  readonly output: string | null;
  readonly cacheRead: string | null;
  readonly cacheWrite: string | null;
  readonly reasoning: string | null;
  readonly cost: string | null;
  readonly costStatus: string;
  readonly costReason: string;
  readonly statusCode: string;
  readonly statusMessage: string;
  readonly redactions: Readonly<Record<string, string>>;
}

function toSpanRow(stored: StoredSpan): SpanRow {
  const { traceId, spanId, parentSpanId, name, service, provider, costStatus, costReason } = stored;
  return {
    ...{ traceId, spanId, parentSpanId, name, service, provider, costStatus, costReason },
    startTimeUnixNano: BigInt(stored.startTimeUnixNano),
    durationMs: Number(stored.durationNano) / 1e6,
    kind: stored.kind === '' ? stored.operation : stored.kind,
    model: stored.responseModel === '' ? stored.requestModel : stored.responseModel,
    tokens: {
      input: toNumber(stored.input),
      output: toNumber(stored.output),
      cacheRead: toNumber(stored.cacheRead),
      cacheWrite: toNumber(stored.cacheWrite),
      reasoning: toNumber(stored.reasoning),
    },
    costUsd: toNumber(stored.cost),
    failed: /error/i.test(stored.statusCode),
    statusMessage: stored.statusMessage,
    redactions: toRedactions(stored.redactions),
    details: [],
  };
}

function toNumber(text: string | null): number | undefined {
  return text === null ? undefined : Number(text);
}

function toRedactions(stored: Readonly<Record<string, string>>): Record<string, number> {
  const counts = Object.entries(stored).map(
    ([key, count]) => [key.replace(/^redaction\.|\.count$/g, ''), Number(count)] as const,
  );
  const entities = counts.filter(([entity]) => entity !== 'masked');
  return Object.fromEntries(entities.length === 0 ? counts : entities);
}
