/**
 * How an attribute's value becomes a typed column. A value that does not fit (a negative count, a text where a number
 * belongs) stays in the attribute map, and the column is empty.
 */
export type TypedColumnKind = 'text' | 'count' | 'seconds' | 'usd';

/** A column of `otel_traces` that holds one span attribute, so that queries need no casts from a map. */
export interface TypedColumn {
  readonly column: string;
  readonly type: string;
  /** The span attribute; left out of `SpanAttributes` where the column holds it. */
  readonly attribute: string;
  readonly kind: TypedColumnKind;
}

const lowCardinality = 'LowCardinality(String) CODEC(ZSTD(1))';
const text = 'String CODEC(ZSTD(1))';
/** Absent is not zero: a provider that sent no usage must not pull an average down. */
const count = 'Nullable(UInt64) CODEC(ZSTD(1))';

/** The typed columns of docs/contract.md §6, in the order of their rows. */
export const typedColumns: readonly TypedColumn[] = [
  column('GenAiOperation', lowCardinality, 'gen_ai.operation.name', 'text'),
  column('GenAiProvider', lowCardinality, 'gen_ai.provider.name', 'text'),
  column('GenAiRequestModel', lowCardinality, 'gen_ai.request.model', 'text'),
  column('GenAiResponseModel', lowCardinality, 'gen_ai.response.model', 'text'),
  column('InputTokens', count, 'gen_ai.usage.input_tokens', 'count'),
  column('OutputTokens', count, 'gen_ai.usage.output_tokens', 'count'),
  column('CacheReadTokens', count, 'gen_ai.usage.cache_read.input_tokens', 'count'),
  column('CacheWriteTokens', count, 'gen_ai.usage.cache_write.input_tokens', 'count'),
  column('ReasoningTokens', count, 'gen_ai.usage.reasoning.output_tokens', 'count'),
  column('CostUsd', 'Nullable(Decimal(18, 12)) CODEC(ZSTD(1))', 'gen_ai.usage.cost', 'usd'),
  column('CostStatus', lowCardinality, 'genai.cost.status', 'text'),
  column('SessionId', text, 'genai.session.id', 'text'),
  column('UserId', text, 'genai.user.id', 'text'),
  column('TenantId', lowCardinality, 'genai.tenant.id', 'text'),
  column('AgentName', lowCardinality, 'gen_ai.agent.name', 'text'),
  column('ToolName', lowCardinality, 'gen_ai.tool.name', 'text'),
  column('ErrorType', lowCardinality, 'error.type', 'text'),
  column(
    'TimeToFirstToken',
    'Nullable(Float64) CODEC(ZSTD(1))',
    'gen_ai.response.time_to_first_chunk',
    'seconds',
  ),
  column('InputMessages', 'String CODEC(ZSTD(3))', 'gen_ai.input.messages', 'text'),
  column('OutputMessages', 'String CODEC(ZSTD(3))', 'gen_ai.output.messages', 'text'),
];

function column(name: string, type: string, attribute: string, kind: TypedColumnKind): TypedColumn {
  return { column: name, type, attribute, kind };
}
