import { SpanKind, SpanStatusCode, TraceFlags } from '@opentelemetry/api';
import { JsonTraceSerializer, ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import type { Dialect, SpanAttributes } from './dialect.ts';
import { writeStep } from './dialect.ts';
import type { Step } from './step.ts';

/** A trace with its place in time, to be written in a dialect. */
export interface PlacedTrace {
  readonly traceId: string;
  /** Milliseconds since the epoch. */
  readonly startMs: number;
  readonly service: string;
  readonly dialect: Dialect;
  readonly steps: readonly Step[];
}

type ReadableSpan = Parameters<typeof ProtobufTraceSerializer.serializeRequest>[0][number];
type HrTime = ReadableSpan['startTime'];

/** An export request of some traces, by OpenTelemetry's own serializers: protobuf or JSON. */
export function encodeTraces(
  traces: readonly PlacedTrace[],
  encoding: 'proto' | 'json',
): Uint8Array {
  const spans = traces.flatMap(toReadableSpans);
  const serializer = encoding === 'json' ? JsonTraceSerializer : ProtobufTraceSerializer;
  return serializer.serializeRequest(spans) ?? new Uint8Array();
}

function toReadableSpans(trace: PlacedTrace): ReadableSpan[] {
  const resource = toResource(trace.service);
  return trace.steps.map((step) => toReadableSpan(trace, step, resource));
}

function toReadableSpan(
  trace: PlacedTrace,
  step: Step,
  resource: ReadableSpan['resource'],
): ReadableSpan {
  const { name, isClient, attributes } = writeStep(trace.dialect, step);
  const startMs = trace.startMs + step.startMs;
  const context = (spanId: string): ReturnType<ReadableSpan['spanContext']> => ({
    traceId: trace.traceId,
    spanId,
    traceFlags: TraceFlags.SAMPLED,
  });
  return {
    name,
    kind: isClient ? SpanKind.CLIENT : SpanKind.INTERNAL,
    spanContext: () => context(step.spanId),
    ...(step.parentSpanId === '' ? {} : { parentSpanContext: context(step.parentSpanId) }),
    startTime: toHrTime(startMs),
    endTime: toHrTime(startMs + step.durationMs),
    duration: toHrTime(step.durationMs),
    ended: true,
    status:
      step.error === ''
        ? { code: SpanStatusCode.UNSET }
        : { code: SpanStatusCode.ERROR, message: step.error },
    attributes: toAttributes(attributes),
    events: [],
    links: [],
    resource,
    instrumentationScope: trace.dialect.scope,
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
}

function toAttributes(attributes: SpanAttributes): ReadableSpan['attributes'] {
  const present: ReadableSpan['attributes'] = {};
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined) continue;
    present[key] = typeof value === 'object' ? [...value] : value;
  }
  return present;
}

function toResource(service: string): ReadableSpan['resource'] {
  const attributes = { 'service.name': service, 'telemetry.sdk.name': 'weir-generate' };
  const resource: ReadableSpan['resource'] = {
    attributes,
    merge: () => resource,
    getRawAttributes: () => Object.entries(attributes),
  };
  return resource;
}

function toHrTime(ms: number): HrTime {
  return [Math.floor(ms / 1000), Math.round((ms % 1000) * 1e6)];
}
