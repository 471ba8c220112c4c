/** A question that people ask of their traces, and its SQL on the typed columns of `otel_traces`. */
export interface ExampleQuery {
  readonly question: string;
  readonly sql: string;
}

/** What `weir query` shows without SQL; the same as in exporters/clickhouse/README.md. */
export const exampleQueries: readonly ExampleQuery[] = [
  {
    question: 'average tokens by model over 7 days',
    sql: `SELECT GenAiRequestModel AS model, count() AS calls, round(avg(InputTokens)) AS input_tokens, round(avg(OutputTokens)) AS output_tokens FROM otel_traces WHERE Timestamp > now() - INTERVAL 7 DAY AND InputTokens IS NOT NULL AND CostStatus NOT IN ('duplicate', 'aggregate') GROUP BY model ORDER BY calls DESC`,
  },
  {
    question: '90th percentile of the latency by span name',
    sql: `SELECT SpanName AS span, count() AS spans, round(quantile(0.9)(Duration) / 1e6, 1) AS p90_ms FROM otel_traces GROUP BY span ORDER BY p90_ms DESC LIMIT 20`,
  },
  {
    question: 'cost by user and model',
    sql: `SELECT UserId AS user, GenAiResponseModel AS model, sum(CostUsd) AS usd FROM otel_traces WHERE CostUsd > 0 GROUP BY user, model ORDER BY usd DESC LIMIT 20`,
  },
];

/** Lists the tables of the current database with what they hold. */
export const tablesQuery = `SELECT name AS table, total_rows AS rows, formatReadableSize(total_bytes) AS size FROM system.tables WHERE database = currentDatabase() AND engine LIKE '%MergeTree' ORDER BY name`;
