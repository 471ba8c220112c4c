import {
  engine,
  localName,
  onCluster,
  quoteName,
  rememberInserts,
  tableName,
  tableSettings,
  ttl,
} from './ddl.ts';
import type { SchemaOptions } from './ddl.ts';

/** Names of what is derived from the tables of rows, after the traces' table. */
export function derivedNames({ tables }: Pick<SchemaOptions, 'tables'>): {
  readonly traceIndex: string;
  readonly dailyCost: string;
  readonly messages: string;
} {
  return {
    traceIndex: `${tables.traces}_trace_id_ts`,
    dailyCost: `${tables.traces}_genai_daily`,
    messages: `${tables.traces}_genai_messages`,
  };
}

/** When each trace was, so that a look-up by trace id reads only the days of that trace. */
export function createTraceIndex(options: SchemaOptions): string[] {
  const { traceIndex } = derivedNames(options);
  const index = tableName(options, localName(options, traceIndex));
  return [
    `CREATE TABLE IF NOT EXISTS ${index}${onCluster(options)} (
  \`TraceId\` String CODEC(ZSTD(1)),
  \`Start\` DateTime CODEC(Delta(4), ZSTD(1)),
  \`End\` DateTime CODEC(Delta(4), ZSTD(1)),
  INDEX idx_trace_id TraceId TYPE bloom_filter(0.01) GRANULARITY 1
) ENGINE = ${engine(options)}
PARTITION BY toDate(Start)
ORDER BY (TraceId, Start)${ttl(options, 'Start')}
${tableSettings}`,
    `CREATE MATERIALIZED VIEW IF NOT EXISTS ${tableName(options, `${traceIndex}_mv`)}${onCluster(options)} TO ${index} AS
SELECT TraceId, toDateTime(min(Timestamp)) AS Start, toDateTime(max(Timestamp)) AS End
FROM ${localTraces(options)} WHERE TraceId != '' GROUP BY TraceId`,
  ];
}

/** By what the calls of a day are told apart: column, type, and how it comes from a span `t`. */
const rollupKeys = [
  ['Day', 'Date', 'toDate(t.Timestamp)'],
  ['ServiceName', 'LowCardinality(String)', 't.ServiceName'],
  ['GenAiProvider', 'LowCardinality(String)', 't.GenAiProvider'],
  [
    'GenAiModel',
    'LowCardinality(String)',
    "if(t.GenAiResponseModel = '', t.GenAiRequestModel, t.GenAiResponseModel)",
  ],
  ['GenAiOperation', 'LowCardinality(String)', 't.GenAiOperation'],
  ['CostStatus', 'LowCardinality(String)', 't.CostStatus'],
  ['TenantId', 'LowCardinality(String)', 't.TenantId'],
  ['UserId', 'String', 't.UserId'],
] as const;

/** What is added up: column, type, and how it comes from spans `t`. The sum of no values is 0. */
const rollupSums = [
  ['Calls', 'UInt64', 'count()'],
  ['Errors', 'UInt64', "countIf(t.StatusCode = 'Error')"],
  ['InputTokens', 'UInt64', 'sum(ifNull(t.InputTokens, 0))'],
  ['OutputTokens', 'UInt64', 'sum(ifNull(t.OutputTokens, 0))'],
  ['CacheReadTokens', 'UInt64', 'sum(ifNull(t.CacheReadTokens, 0))'],
  ['CacheWriteTokens', 'UInt64', 'sum(ifNull(t.CacheWriteTokens, 0))'],
  ['ReasoningTokens', 'UInt64', 'sum(ifNull(t.ReasoningTokens, 0))'],
  ['CostUsd', 'Decimal(38, 12)', 'sum(ifNull(t.CostUsd, 0))'],
  ['DurationNs', 'UInt64', 'sum(t.Duration)'],
] as const;

/**
 * Calls, tokens and cost by day, so that a year of cost is a look at a few thousand rows. Spans that repeat another's call
 * are not in it. It has no time to live: it stays when the spans have gone.
 */
export function createDailyCost(options: SchemaOptions): string[] {
  const { dailyCost } = derivedNames(options);
  const table = tableName(options, localName(options, dailyCost));
  const view = tableName(options, `${dailyCost}_mv`);
  const columns = [
    ...rollupKeys.map(([name, type]) => `${quoteName(name)} ${type}`),
    ...rollupSums.map(([name, type]) => `${quoteName(name)} SimpleAggregateFunction(sum, ${type})`),
  ];
  const selected = [...rollupKeys, ...rollupSums].map(([name, , from]) => `${from} AS ${name}`);
  const keys = rollupKeys.map(([name]) => name).join(', ');
  return [
    `CREATE TABLE IF NOT EXISTS ${table}${onCluster(options)} (
  ${columns.join(',\n  ')}
) ENGINE = ${aggregatingEngine(options)}
PARTITION BY toYYYYMM(Day)
ORDER BY (${keys})
SETTINGS ${rememberInserts}`,
    `CREATE MATERIALIZED VIEW IF NOT EXISTS ${view}${onCluster(options)} TO ${table} AS
SELECT ${selected.join(',\n  ')}
FROM ${localTraces(options)} AS t
WHERE t.CostStatus NOT IN ('', 'duplicate', 'aggregate')
GROUP BY ${keys}`,
  ];
}

/**
 * What was said in a call, for instrumentations that record prompts and answers only as log records: each GenAI record
 * with its span.
 */
export function createMessagesView(options: SchemaOptions): string[] {
  const view = tableName(options, derivedNames(options).messages);
  return [
    `CREATE VIEW IF NOT EXISTS ${view}${onCluster(options)} AS
SELECT l.Timestamp AS Timestamp, l.TraceId AS TraceId, l.SpanId AS SpanId, l.ServiceName AS ServiceName,
  s.SpanName AS SpanName, s.GenAiProvider AS GenAiProvider, s.GenAiRequestModel AS GenAiRequestModel,
  s.GenAiResponseModel AS GenAiResponseModel, s.CostUsd AS CostUsd,
  l.EventName AS EventName, l.Body AS Body, l.LogAttributes AS LogAttributes
FROM ${tableName(options, options.tables.logs)} AS l
INNER JOIN ${tableName(options, options.tables.traces)} AS s ON l.TraceId = s.TraceId AND l.SpanId = s.SpanId
WHERE startsWith(l.EventName, 'gen_ai.')`,
  ];
}

function localTraces(options: SchemaOptions): string {
  return tableName(options, localName(options, options.tables.traces));
}

/** The aggregating sibling of the configured engine: `ReplicatedMergeTree` becomes `ReplicatedAggregatingMergeTree`. */
function aggregatingEngine({ engine: { name, params } }: SchemaOptions): string {
  const family = name.replace(/(Replacing|Aggregating|Summing)?MergeTree$/, 'AggregatingMergeTree');
  return `${family}(${params})`;
}
