import type { Item } from '../../pipeline/batch/batch.ts';
import type { Keys } from '../../pipeline/batch/key.ts';
import { defineMap } from '../../pipeline/component/transform.ts';
import type { MapDefinition } from '../../pipeline/component/transform.ts';
import type { GenaiMetricsConfig } from './config.ts';
import { metricTable } from './metric-table.ts';
import type { MetricName } from './metric-table.ts';
import { seriesKey } from './series-delta.ts';
import type { Exemplar, SeriesDelta } from './series-delta.ts';

/** What a batch adds to the metrics: one entry a series, undefined where no call is in it. */
export const genaiMetricsMap: MapDefinition = defineMap<
  GenaiMetricsConfig,
  undefined,
  readonly SeriesDelta[]
>({
  type: 'genai_metrics',
  create: (config, _prepared, { keys }) => {
    const readCall = createCallReader(keys);
    return (batch) => {
      const deltas = new Map<string, SeriesDelta>();
      for (const span of batch) {
        const call = readCall(span);
        if (call === undefined) continue;
        const linked = config.exemplars.enabled ? span : undefined;
        record(deltas, { metric: 'duration', value: span.durationMs / 1000, ...call }, linked);
        for (const amount of call.amounts) record(deltas, amount, linked);
      }
      return deltas.size === 0 ? undefined : [...deltas.values()];
    };
  },
});

/** One observation of a call. */
interface Amount {
  readonly metric: MetricName;
  readonly value: number;
  readonly attributes: readonly string[];
}

interface CallReading {
  /** Attributes of the duration. */
  readonly attributes: readonly string[];
  /** Tokens and cost, where they are known. */
  readonly amounts: readonly Amount[];
}

const dimensions = [
  'gen_ai.operation.name',
  'gen_ai.provider.name',
  'gen_ai.request.model',
  'gen_ai.response.model',
] as const;

/** Every call has one span with one of these; what shows it once more says `duplicate` or `aggregate`. */
const statusesOfCalls: ReadonlySet<string> = new Set(['priced', 'provided', 'unpriced']);

/** Longer values are no names of models or services, and would make a series as large as a prompt. */
const maxValueLength = 128;

/** SpanStatus: 2 error. */
const statusError = 2;

function createCallReader(keys: Keys): (span: Item) => CallReading | undefined {
  const statusKey = keys.key('genai.cost.status');
  const serviceKey = keys.key('service.name');
  const errorKey = keys.key('error.type');
  const inputKey = keys.key('gen_ai.usage.input_tokens');
  const outputKey = keys.key('gen_ai.usage.output_tokens');
  const costKey = keys.key('gen_ai.usage.cost');
  const dimensionKeys = dimensions.map((name) => keys.key(name));
  return (span) => {
    const { attributes } = span;
    if (!statusesOfCalls.has(attributes.string(statusKey) ?? '')) return undefined;
    const common = ['service.name', cut(span.resource.string(serviceKey) ?? 'unknown_service')];
    for (const key of dimensionKeys) {
      const value = attributes.string(key);
      if (value !== undefined && value !== '') common.push(key.name, cut(value));
    }
    const isError = span.statusCode === statusError || attributes.has(errorKey);
    const error = isError ? ['error.type', cut(attributes.string(errorKey) ?? '_OTHER')] : [];
    const amounts: Amount[] = [];
    const add = (metric: MetricName, value: number | undefined, ...more: string[]): void => {
      if (!isAmount(value)) return;
      amounts.push({ metric, value, attributes: [...common, ...more] });
    };
    add('tokens', attributes.number(inputKey), 'gen_ai.token.type', 'input');
    add('tokens', attributes.number(outputKey), 'gen_ai.token.type', 'output');
    add('cost', attributes.number(costKey));
    return { attributes: [...common, ...error], amounts };
  };
}

/** A sum that only grows has no place for anything else. */
function isAmount(value: number | undefined): value is number {
  return value !== undefined && Number.isFinite(value) && value >= 0;
}

function cut(value: string): string {
  return value.length > maxValueLength ? value.slice(0, maxValueLength) : value;
}

function record(
  deltas: Map<string, SeriesDelta>,
  { metric, value, attributes }: Amount,
  linked: Item | undefined,
): void {
  const key = seriesKey({ metric, attributes });
  const { bounds } = metricTable[metric];
  let delta = deltas.get(key);
  if (delta === undefined) {
    const buckets = bounds.length === 0 ? [] : Array.from({ length: bounds.length + 1 }, () => 0);
    const exemplar = linked && bounds.length > 0 ? toExemplar(linked, value) : undefined;
    delta = { metric, attributes, count: 0, sum: 0, buckets, exemplar };
    deltas.set(key, delta);
  }
  delta.count += 1;
  delta.sum += value;
  if (bounds.length === 0) return;
  const found = bounds.findIndex((bound) => value <= bound);
  const bucket = found < 0 ? bounds.length : found;
  delta.buckets[bucket] = (delta.buckets[bucket] ?? 0) + 1;
}

function toExemplar(span: Item, value: number): Exemplar {
  return {
    value,
    timeUnixNano: span.endTimeUnixNano,
    traceId: span.traceId.hex(),
    spanId: span.spanId.hex(),
  };
}
