import { createClient } from '@clickhouse/client';
import { createEncode } from '../exporters/clickhouse/clickhouse.worker.ts';
import { clickhouseExporter } from '../exporters/clickhouse/factory.ts';
import { createBatchReader } from '../pipeline/batch/batch-reader.ts';
import { createKeys } from '../pipeline/batch/create-keys.ts';
import type { Payload } from '../pipeline/component/transform.ts';
import { createRecordingContext } from '../test/support/component-context.ts';
import { skipWithoutStore, startStoreUnderTest } from '../test/support/embedded-store.ts';
import type { StoreUnderTest } from '../test/support/embedded-store.ts';
import { decodeRequest } from '../test/support/otlp-oracle.ts';
import { traceRequest, type CorpusKind } from './corpus.ts';

type Print = (line: string) => void;

const spans = 10_000;
const runs = 5;

/**
 * Measures rows a second of encoding spans for ClickHouse, and of inserting them into the embedded store, beside the way
 * that most exporters take: decode to objects, and JSONEachRow.
 */
export async function benchClickhouse(print: Print): Promise<void> {
  for (const kind of ['small', 'prompt'] as const) {
    const request = traceRequest(kind, spans);
    print(`${kind}: ${spans} spans of ${(request.length / spans / 1000).toFixed(2)} KB`);
    const encode = createEncode('traces');
    const reader = createBatchReader(createKeys());
    const slice = { signal: 'traces' as const, bytes: request, items: spans };
    const objects = fastest(() => toJsonRows(request));
    const rows = fastest(() => encode(slice, reader));
    print(line('encode: objects, JSONEachRow', objects, objects));
    print(line('encode: RowBinary from the wire', rows, objects));
    if (skipWithoutStore === false) await benchInserts(kind, encode(slice, reader), print);
    else print(`  insert: skipped, ${skipWithoutStore}`);
  }
}

async function benchInserts(kind: CorpusKind, payloads: Payload[], print: Print): Promise<void> {
  const store = await startStoreUnderTest();
  try {
    const binary = await insertBinary(store, payloads);
    const json = await insertJson(store, toJsonRows(traceRequest(kind, spans)));
    print(line('insert: JSONEachRow by the client', json, json));
    print(line('insert: RowBinary by the exporter', binary, json));
  } finally {
    await store.remove();
  }
}

async function insertBinary(store: StoreUnderTest, payloads: readonly Payload[]): Promise<number> {
  const context = createRecordingContext('clickhouse', { offer: () => store.connection() });
  const exporter = clickhouseExporter.create({}, context);
  await exporter.start?.();
  const ms = await fastestAsync(async (run) => {
    for (const [index, payload] of payloads.entries()) {
      const abort = AbortSignal.timeout(60_000);
      const delivery = { id: `${run}.${index}`, signal: 'traces' as const, attempt: 1, abort };
      const outcome = await exporter.send(payload, delivery);
      if (outcome.kind !== 'delivered') throw new Error(outcome.message);
    }
  });
  await exporter.shutdown?.();
  return ms;
}

async function insertJson(store: StoreUnderTest, rows: string): Promise<number> {
  const { url, user, password } = store.connection();
  const client = createClient({ url, username: user, password });
  const values = rows.split('\n').map((row) => JSON.parse(row) as unknown);
  const ms = await fastestAsync(async (run) => {
    const settings = { insert_deduplication_token: `json ${run}` };
    await client.insert({
      table: 'otel_traces',
      values,
      format: 'JSONEachRow',
      clickhouse_settings: settings,
    });
  });
  await client.close();
  return ms;
}

/** The usual way: the whole request as objects, one object a row, one text. */
function toJsonRows(request: Uint8Array): string {
  const { resourceSpans = [] } = decodeRequest('traces', request) as unknown as Decoded;
  const rows: string[] = [];
  for (const { resource, scopeSpans } of resourceSpans) {
    const resourceAttributes = toMap(resource.attributes);
    for (const { scope, spans: list } of scopeSpans) {
      for (const span of list) rows.push(JSON.stringify(toRow(span, scope, resourceAttributes)));
    }
  }
  return rows.join('\n');
}

interface DecodedAttribute {
  readonly key: string;
  readonly value: Readonly<Record<string, unknown>>;
}

interface DecodedSpan {
  readonly traceId: Uint8Array;
  readonly spanId: Uint8Array;
  readonly parentSpanId?: Uint8Array;
  readonly name: string;
  readonly startTimeUnixNano: unknown;
  readonly endTimeUnixNano: unknown;
  readonly attributes: readonly DecodedAttribute[];
}

interface DecodedScope {
  readonly name: string;
  readonly version: string;
}

interface Decoded {
  readonly resourceSpans?: readonly {
    readonly resource: { readonly attributes: readonly DecodedAttribute[] };
    readonly scopeSpans: readonly {
      readonly scope: DecodedScope;
      readonly spans: readonly DecodedSpan[];
    }[];
  }[];
}

function toRow(span: DecodedSpan, scope: DecodedScope, resource: object): object {
  const start = String(span.startTimeUnixNano);
  return {
    Timestamp: `${start.slice(0, -9)}.${start.slice(-9)}`,
    TraceId: hex(span.traceId),
    SpanId: hex(span.spanId),
    ParentSpanId: hex(span.parentSpanId),
    SpanName: span.name,
    ServiceName: 'chat-api',
    ResourceAttributes: resource,
    ScopeName: scope.name,
    ScopeVersion: scope.version,
    SpanAttributes: toMap(span.attributes),
    Duration: String(BigInt(String(span.endTimeUnixNano)) - BigInt(start)),
  };
}

function toMap(attributes: readonly DecodedAttribute[]): Record<string, string> {
  return Object.fromEntries(
    attributes.map(({ key, value }) => [key, JSON.stringify(Object.values(value)[0] ?? '')]),
  );
}

function hex(bytes: Uint8Array | undefined): string {
  return Buffer.from(bytes ?? []).toString('hex');
}

function fastest(work: () => unknown): number {
  let best = Infinity;
  for (let run = 0; run < runs; run++) {
    const start = performance.now();
    work();
    best = Math.min(best, performance.now() - start);
  }
  return best;
}

async function fastestAsync(work: (run: number) => Promise<void>): Promise<number> {
  let best = Infinity;
  for (let run = 0; run < runs; run++) {
    const start = performance.now();
    await work(run);
    best = Math.min(best, performance.now() - start);
  }
  return best;
}

function line(name: string, ms: number, baselineMs: number): string {
  const perSecond = Math.round((spans / ms) * 1000).toLocaleString('en');
  const ratio = (baselineMs / ms).toFixed(1);
  return `  ${name.padEnd(36)}${perSecond.padStart(10)} rows/s  ${ratio}x`;
}
