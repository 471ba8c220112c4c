import { createBatchReader } from '../../pipeline/batch/batch-reader.ts';
import { createKeys } from '../../pipeline/batch/create-keys.ts';
import type { ExporterFactory } from '../../pipeline/component/exporter.ts';
import type { Signal } from '../../pipeline/component/signal.ts';
import type { EncodeDefinition, Payload } from '../../pipeline/component/transform.ts';
import { decodeJson } from '../../pipeline/otlp/decode-json.ts';

/** An exporter's encoder under test, with the config checked by its factory, as the stage runs it. */
export function createEncoder(
  part: EncodeDefinition,
  factory: ExporterFactory,
  { config, prepared, signal }: { config: unknown; prepared?: unknown; signal: Signal },
): (bytes: Uint8Array, items?: number) => Payload[] {
  const keys = createKeys();
  const reader = createBatchReader(keys);
  const encode = part.create(factory.schema.parse(config), prepared, {
    id: part.type,
    signal,
    keys,
    count: () => undefined,
    sharedTable: () => {
      throw new Error('no table');
    },
  });
  return (bytes, items = 1) => encode({ signal, bytes, items }, reader);
}

/** A span as OTLP/JSON, with defaults that make it valid. */
export interface SpanText {
  readonly traceId?: string;
  readonly spanId?: string;
  readonly parentSpanId?: string;
  readonly name?: string;
  readonly startMs?: number;
  readonly durationMs?: number;
  readonly error?: string;
  readonly attributes?: Readonly<Record<string, string | number>>;
}

/** A traces request in protobuf that holds these spans. */
export function tracesRequest(spans: readonly SpanText[], service = 'test-service'): Uint8Array {
  const request = {
    resourceSpans: [
      {
        resource: { attributes: toAttributes({ 'service.name': service }) },
        scopeSpans: [{ scope: { name: 'test' }, spans: spans.map(toSpan) }],
      },
    ],
  };
  return decodeJson('traces', Buffer.from(JSON.stringify(request)));
}

const epochMs = 1_795_225_200_000;

function toSpan(span: SpanText, index: number): object {
  const startMs = epochMs + (span.startMs ?? 0);
  return {
    traceId: span.traceId ?? '5b8aa5a2d2c872e8321cf37308d69df2',
    spanId: span.spanId ?? (index + 1).toString(16).padStart(16, '0'),
    ...(span.parentSpanId === undefined ? {} : { parentSpanId: span.parentSpanId }),
    name: span.name ?? `span ${index}`,
    kind: 1,
    startTimeUnixNano: `${startMs}000000`,
    endTimeUnixNano: `${startMs + (span.durationMs ?? 10)}000000`,
    attributes: toAttributes(span.attributes ?? {}),
    ...(span.error === undefined ? {} : { status: { code: 2, message: span.error } }),
  };
}

function toAttributes(attributes: Readonly<Record<string, string | number>>): object[] {
  return Object.entries(attributes).map(([key, value]) => ({ key, value: toValue(value) }));
}

function toValue(value: string | number): object {
  if (typeof value === 'string') return { stringValue: value };
  return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value };
}
