import { createServer } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import protobuf from 'protobufjs';
import { uncompress } from 'snappy';
import { listen } from './listen.ts';

/**
 * The messages of remote write as protobufjs sees them, an oracle for what the exporter writes by hand. From
 * prometheus/prompb/{remote,types}.proto and io/prometheus/write/v2/types.proto.
 */
const proto = `
syntax = "proto3";
message WriteRequest { repeated TimeSeries timeseries = 1; repeated MetricMetadata metadata = 3; }
message TimeSeries { repeated Label labels = 1; repeated Sample samples = 2; repeated Exemplar exemplars = 3; }
message Label { string name = 1; string value = 2; }
message Sample { fixed64 value = 1; int64 timestamp = 2; int64 start_timestamp = 3; }
message Exemplar { repeated Label labels = 1; double value = 2; int64 timestamp = 3; }
message MetricMetadata { int32 type = 1; string metric_family_name = 2; string help = 4; string unit = 5; }
message Request { repeated string symbols = 4; repeated TimeSeriesV2 timeseries = 5; }
message TimeSeriesV2 {
  repeated uint32 labels_refs = 1;
  repeated Sample samples = 2;
  repeated ExemplarV2 exemplars = 4;
  Metadata metadata = 5;
}
message ExemplarV2 { repeated uint32 labels_refs = 1; double value = 2; int64 timestamp = 3; }
message Metadata { int32 type = 1; uint32 help_ref = 3; uint32 unit_ref = 4; }
`;

const root = protobuf.parse(proto, { keepCase: false }).root;

/** A sample as it came; `STALE` is the marker of an ended series. */
export interface WrittenSample {
  readonly timeMs: number;
  readonly value: number | 'STALE';
  /** Since when it counts, with 2.0. */
  readonly startMs?: number;
}

/** A series of one request. */
export interface WrittenSeries {
  /** `name{label="value",…}` in the order in which they came. */
  readonly name: string;
  readonly samples: readonly WrittenSample[];
  readonly exemplars: readonly { readonly labels: string; readonly value: number }[];
  readonly metadata?: { readonly type: number; readonly help: string; readonly unit: string };
}

/** One request, whatever was answered. */
export interface WriteAttempt {
  readonly version: 1 | 2;
  readonly headers: IncomingHttpHeaders;
  readonly series: readonly WrittenSeries[];
  readonly metadata: readonly { metricFamilyName: string; type: number }[];
  readonly status: number;
}

/** An answer that does not follow Prometheus' rules. */
export interface ScriptedAnswer {
  readonly status: number;
  readonly body?: string;
  readonly headers?: Record<string, string>;
  /** Take what it holds before answering so: an answer that gets lost. */
  readonly isStored?: boolean;
  /** Break the connection in place of an answer. */
  readonly isReset?: boolean;
}

/** What a fake server is told. */
export interface FakeOptions {
  /** Whether it knows 2.0; otherwise it finds nothing in such a request, as Prometheus 2. */
  readonly knowsV2?: boolean;
  /** What its clock shows; samples ten minutes ahead of it are refused, as by Prometheus 3. */
  readonly now?: () => number;
  /** An answer for a request, or undefined for what Prometheus would answer. */
  readonly script?: (
    series: readonly WrittenSeries[],
    request: number,
  ) => ScriptedAnswer | undefined;
  /** Holds answers back until it resolves. */
  readonly hold?: (request: number, series: readonly WrittenSeries[]) => Promise<void>;
}

/** A server that takes remote write by Prometheus' rules, and can be made to fail. */
export interface FakePrometheus {
  readonly url: string;
  readonly attempts: WriteAttempt[];
  /** Stored samples by series, in the order in which they were taken. */
  readonly stored: ReadonlyMap<string, readonly WrittenSample[]>;
  /** Most requests at once. */
  readonly peak: number;
  close(): Promise<void>;
}

const maxAheadMs = 600_000;

/** Starts a fake on a port of its own. */
export async function startFakePrometheus(options: FakeOptions = {}): Promise<FakePrometheus> {
  const attempts: WriteAttempt[] = [];
  const stored = new Map<string, WrittenSample[]>();
  const flight = { now: 0, peak: 0, total: 0 };
  const server = createServer((request, response) => {
    flight.now += 1;
    flight.peak = Math.max(flight.peak, flight.now);
    const number = (flight.total += 1);
    const answer = async (): Promise<void> => {
      const read = await readAttempt(request);
      await options.hold?.(number, read.series);
      const scripted = options.script?.(read.series, number);
      const natural = scripted?.isStored === false ? undefined : store(stored, read, options);
      const chosen = scripted ?? natural ?? { status: 204 };
      attempts.push({ ...read, status: chosen.status });
      flight.now -= 1;
      if (scripted?.isReset === true) {
        request.socket.destroy();
        return;
      }
      const date = options.now === undefined ? {} : { date: new Date(options.now()).toUTCString() };
      response.writeHead(chosen.status, { ...date, ...chosen.headers }).end(chosen.body);
    };
    answer().catch((error: unknown) => {
      response.writeHead(500).end(String(error));
    });
  });
  const port = await listen(server);
  return {
    url: `http://127.0.0.1:${port}/api/v1/write`,
    attempts,
    stored,
    get peak() {
      return flight.peak;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

async function readAttempt(request: IncomingMessage): Promise<Omit<WriteAttempt, 'status'>> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.from(await uncompress(Buffer.concat(chunks)));
  const { headers } = request;
  if (headers['content-type']?.includes('write.v2')) {
    return { version: 2, headers, series: readV2(body), metadata: [] };
  }
  const type = root.lookupType('WriteRequest');
  const plain = type.toObject(type.decode(body), { longs: String, arrays: true }) as PlainV1;
  return { version: 1, headers, series: plain.timeseries.map(fromV1), metadata: plain.metadata };
}

interface PlainSample {
  readonly value?: string;
  readonly timestamp?: string;
  readonly startTimestamp?: string;
}

interface PlainLabel {
  readonly name: string;
  readonly value: string;
}

interface PlainSeries {
  readonly labels: readonly PlainLabel[];
  readonly samples: readonly PlainSample[];
  readonly exemplars: readonly { readonly labels: readonly PlainLabel[]; readonly value: number }[];
}

interface PlainV1 {
  readonly timeseries: readonly PlainSeries[];
  readonly metadata: readonly { metricFamilyName: string; type: number }[];
}

interface PlainV2 {
  readonly symbols: readonly string[];
  readonly timeseries: readonly {
    readonly labelsRefs: readonly number[];
    readonly samples: readonly PlainSample[];
    readonly exemplars: readonly {
      readonly labelsRefs: readonly number[];
      readonly value: number;
    }[];
    readonly metadata?: {
      readonly type?: number;
      readonly helpRef?: number;
      readonly unitRef?: number;
    };
  }[];
}

function readV2(body: Buffer): WrittenSeries[] {
  const type = root.lookupType('Request');
  const plain = type.toObject(type.decode(body), { longs: String, arrays: true }) as PlainV2;
  const [first] = plain.symbols;
  if (first !== '') throw new Error('the first symbol must be empty');
  const text = (reference: number): string => {
    const symbol = plain.symbols[reference];
    if (symbol === undefined) throw new Error(`no symbol ${reference}`);
    return symbol;
  };
  const labels = (references: readonly number[]): PlainLabel[] =>
    Array.from({ length: references.length / 2 }, (_, i) => ({
      name: text(references[2 * i] ?? 0),
      value: text(references[2 * i + 1] ?? 0),
    }));
  return plain.timeseries.map(({ labelsRefs, samples, exemplars, metadata }) => ({
    ...fromV1({
      labels: labels(labelsRefs),
      samples,
      exemplars: exemplars.map((one) => ({ labels: labels(one.labelsRefs), value: one.value })),
    }),
    ...(metadata && {
      metadata: {
        type: metadata.type ?? 0,
        help: text(metadata.helpRef ?? 0),
        unit: text(metadata.unitRef ?? 0),
      },
    }),
  }));
}

function fromV1({ labels, samples, exemplars }: PlainSeries): WrittenSeries {
  const names = labels.map(({ name }) => name);
  if ([...names].sort().join() !== names.join())
    throw new Error(`labels out of order: ${names.join()}`);
  if (new Set(names).size !== names.length) throw new Error(`labels twice: ${names.join()}`);
  const name = labels.find((label) => label.name === '__name__')?.value ?? '';
  const others = labels.filter((label) => label.name !== '__name__');
  return {
    name: `${name}{${formatPairs(others)}}`,
    samples: samples.map(toSample),
    exemplars: exemplars.map((one) => ({ labels: formatPairs(one.labels), value: one.value })),
  };
}

function formatPairs(labels: readonly PlainLabel[]): string {
  return labels.map(({ name, value }) => `${name}="${value}"`).join(',');
}

const stale = 0x7ff0_0000_0000_0002n;

function toSample({ value = '0', timestamp = '0', startTimestamp }: PlainSample): WrittenSample {
  const bits = BigInt(value);
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(bits);
  return {
    timeMs: Number(timestamp),
    value: bits === stale ? 'STALE' : bytes.readDoubleLE(),
    ...(startTimestamp !== undefined && { startMs: Number(startTimestamp) }),
  };
}

/** What Prometheus answers: with 1.0 a bad sample keeps out the whole request, with 2.0 only itself. */
function store(
  stored: Map<string, WrittenSample[]>,
  { version, series }: Pick<WriteAttempt, 'version' | 'series'>,
  { knowsV2 = false, now }: FakeOptions,
): ScriptedAnswer {
  if (version === 2 && !knowsV2) return { status: 204 };
  const samples = series.flatMap((one) =>
    one.samples.map((sample) => ({ name: one.name, sample })),
  );
  const judged = samples.map(({ name, sample }) => {
    const last = stored.get(name)?.at(-1);
    const refusal = refuse(sample, last, now);
    return { name, sample, refusal, isNew: refusal === undefined && !isRepeat(sample, last) };
  });
  const refusal = judged.find((one) => one.refusal !== undefined)?.refusal;
  const kept = version === 2 || refusal === undefined ? judged.filter(({ isNew }) => isNew) : [];
  for (const { name, sample } of kept) stored.set(name, [...(stored.get(name) ?? []), sample]);
  return {
    status: refusal === undefined ? 204 : 400,
    ...(refusal !== undefined && { body: refusal }),
    ...(version === 2 && { headers: writtenHeaders(stored, series) }),
  };
}

function writtenHeaders(
  stored: ReadonlyMap<string, readonly WrittenSample[]>,
  series: readonly WrittenSeries[],
): Record<string, string> {
  const written = series.reduce((sum, { name, samples }) => {
    const last = stored.get(name)?.at(-1);
    return sum + samples.filter((sample) => isRepeat(sample, last)).length;
  }, 0);
  return { 'x-prometheus-remote-write-samples-written': String(written) };
}

function refuse(
  sample: WrittenSample,
  last: WrittenSample | undefined,
  now: FakeOptions['now'],
): string | undefined {
  if (now !== undefined && sample.timeMs > now() + maxAheadMs) return 'too far in the future';
  if (last === undefined || sample.timeMs > last.timeMs) return undefined;
  if (sample.timeMs < last.timeMs) return 'out of order sample';
  return isRepeat(sample, last) ? undefined : 'duplicate sample for timestamp';
}

function isRepeat(sample: WrittenSample, last: WrittenSample | undefined): boolean {
  return last?.timeMs === sample.timeMs && Object.is(last.value, sample.value);
}
