import assert from 'node:assert/strict';
import { parse } from 'yaml';
import type { Clock } from '../../pipeline/component/context.ts';
import type { Outcome } from '../../pipeline/component/outcome.ts';
import { systemClock } from '../../pipeline/telemetry/clock.ts';
import { createRecordingContext } from '../../test/support/component-context.ts';
import type { RecordingContext } from '../../test/support/component-context.ts';
import { createEncoder } from '../../test/support/encode-slice.ts';
import { encodeRequest } from '../../test/support/otlp-oracle.ts';
import { remoteWriteExporter } from './factory.ts';
import { remoteWriteEncode } from './prometheus-remote-write.worker.ts';

/** A slice: its metrics as OTLP, and the attributes of their resource. */
export interface SliceText {
  readonly metrics: readonly object[];
  readonly resource?: Record<string, string>;
}

/** An exporter built from YAML, with its encoder. */
export interface ExporterUnderTest {
  readonly counted: RecordingContext['counted'];
  readonly lines: RecordingContext['lines'];
  /** Sends a slice once; the same id is a repeat of the same slice. */
  send(slice: SliceText, id?: string, abort?: AbortSignal): Promise<Outcome>;
  /** Points that were refused, by reason. */
  refused(): Record<string, number>;
  close(): Promise<void>;
}

/** The YAML that chooses protocol 2.0. */
export const v2 = 'protobuf_message: io.prometheus.write.v2.Request';

/** Starts an exporter for an endpoint; `yaml` has its other keys. */
export async function startExporter(
  endpoint: string,
  yaml = '',
  clock: Clock = systemClock,
): Promise<ExporterUnderTest> {
  const config = { endpoint, ...(parse(`{ ${yaml} }`) as object) };
  const context = createRecordingContext('prometheus_remote_write', { clock });
  const exporter = remoteWriteExporter.create(config, context);
  const encode = createEncoder(remoteWriteEncode, remoteWriteExporter, {
    config,
    prepared: 'weir-1',
    signal: 'metrics',
  });
  await exporter.start?.();
  let ids = 0;
  const payloads = new Map<string, ReturnType<typeof encode>>();
  return {
    counted: context.counted,
    lines: context.lines,
    send: (slice, id = `slice ${(ids += 1)}`, abort = new AbortController().signal) => {
      const made = payloads.get(id) ?? encode(toRequest(slice), slice.metrics.length);
      payloads.set(id, made);
      const [payload] = made;
      assert.ok(payload);
      return exporter.send(payload, { id, signal: 'metrics', attempt: 1, abort });
    },
    refused: () => {
      const refused: Record<string, number> = {};
      for (const { name, labels, value } of context.counted) {
        if (name !== 'weir_exporter_refused_points_total') continue;
        const reason = labels['reason'] ?? '';
        refused[reason] = (refused[reason] ?? 0) + value;
      }
      return refused;
    },
    close: async () => {
      await exporter.shutdown?.();
    },
  };
}

function toRequest({ metrics, resource = {} }: SliceText): Uint8Array {
  const one = { resource: { attributes: toAttributes(resource) }, scopeMetrics: [{ metrics }] };
  return encodeRequest('metrics', { resourceMetrics: [one] });
}

/** Attributes as OTLP has them. */
export function toAttributes(values: Record<string, string>): object[] {
  return Object.entries(values).map(([key, stringValue]) => ({ key, value: { stringValue } }));
}

/** A time as OTLP has it. */
export function nano(timeMs: number): string {
  return `${timeMs}000000`;
}

/** A cumulative counter with one point. */
export function counter(
  name: string,
  value: number,
  timeMs: number,
  attributes: Record<string, string> = {},
): object {
  const point = {
    asDouble: value,
    timeUnixNano: nano(timeMs),
    startTimeUnixNano: nano(timeMs - 60_000),
    attributes: toAttributes(attributes),
  };
  return {
    name,
    description: 'A counter.',
    sum: { dataPoints: [point], aggregationTemporality: 2, isMonotonic: true },
  };
}

/** A counter with one delta. */
export function delta(name: string, value: number, timeMs: number): object {
  const point = { asDouble: value, timeUnixNano: nano(timeMs) };
  return { name, sum: { dataPoints: [point], aggregationTemporality: 1, isMonotonic: true } };
}

/** A histogram with one point, which has an exemplar; `point` replaces fields of the point. */
export function histogram(timeMs: number, point: object = {}, aggregationTemporality = 2): object {
  const whole = {
    count: '6',
    sum: 60.5,
    bucketCounts: ['1', '2', '3'],
    explicitBounds: [0.5, 10],
    timeUnixNano: nano(timeMs),
    exemplars: [{ asDouble: 7, timeUnixNano: nano(timeMs), traceId: Buffer.alloc(16, 0xab) }],
    ...point,
  };
  return {
    name: 'wait',
    unit: 's',
    description: 'Waits.',
    histogram: { dataPoints: [whole], aggregationTemporality },
  };
}
