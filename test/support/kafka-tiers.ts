import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { startDaemon } from './daemon.ts';
import type { TestDaemon } from './daemon.ts';
import { tracesRequest } from './encode-slice.ts';
import { startKafka } from './kafka-broker.ts';
import { createTopic } from './kafka-topic.ts';
import { listen } from './listen.ts';
import { decodeRequest } from './otlp-oracle.ts';
import { projectRoot } from './project-root.ts';

const spansPerTrace = 3;

/** A sink that takes everything and remembers the spans of every trace. */
interface Sink {
  readonly endpoint: string;
  readonly spansOf: Map<string, Set<string>>;
  close(): void;
}

async function startSink(): Promise<Sink> {
  const spansOf = new Map<string, Set<string>>();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      remember(gunzipSync(Buffer.concat(chunks)), spansOf);
      response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
    });
  });
  const port = await listen(server);
  const close = (): void => {
    server.close();
    server.closeAllConnections();
  };
  return { endpoint: `http://127.0.0.1:${port}`, spansOf, close };
}

function remember(body: Uint8Array, spansOf: Map<string, Set<string>>): void {
  const request = decodeRequest('traces', body) as {
    resourceSpans?: { scopeSpans?: { spans?: { traceId: Uint8Array; spanId: Uint8Array }[] }[] }[];
  };
  for (const { scopeSpans = [] } of request.resourceSpans ?? []) {
    for (const { traceId, spanId } of scopeSpans.flatMap(({ spans = [] }) => spans)) {
      const trace = Buffer.from(traceId).toString('hex');
      const spans = spansOf.get(trace) ?? new Set();
      spansOf.set(trace, spans.add(Buffer.from(spanId).toString('hex')));
    }
  }
}

/** A member of a tier, which keeps its directory when it is killed. */
interface Member {
  readonly daemon: TestDaemon | undefined;
  kill(): Promise<void>;
  start(): Promise<void>;
}

async function startMember(t: TestContext, file: string, env: NodeJS.ProcessEnv): Promise<Member> {
  const directory = mkdtempSync(join(tmpdir(), 'weir-tier-'));
  const config = readFileSync(join(projectRoot, 'deploy/kafka', file), 'utf8').replaceAll(
    /\$\{env:WEIR_(\w+):-[^}]*\}/g,
    '127.0.0.1:${env:$1}',
  );
  const member = {
    daemon: undefined as TestDaemon | undefined,
    kill: async () => {
      const { daemon } = member;
      member.daemon = undefined;
      await daemon?.kill();
    },
    start: async () => {
      member.daemon = await startDaemon(config, { directory, env });
    },
  };
  t.after(async () => {
    await member.kill();
    rmSync(directory, { recursive: true, force: true });
  });
  await member.start();
  return member;
}

/** Sends a request to whichever member of the tier takes it. */
async function sendToTier(tier: readonly Member[], body: Uint8Array): Promise<void> {
  for (let turn = Math.floor(Math.random() * tier.length); ; turn += 1) {
    const port = tier[turn % tier.length]?.daemon?.ports.http;
    const answer =
      port === undefined
        ? undefined
        : await fetch(`http://127.0.0.1:${port}/v1/traces`, {
            method: 'POST',
            headers: { 'content-type': 'application/x-protobuf' },
            body: new Uint8Array(body),
          }).catch(() => undefined);
    await answer?.arrayBuffer().catch(() => undefined);
    if (answer?.status === 200) return;
    await delay(20);
  }
}

/**
 * Runs deploy/kafka with two of each tier against a real broker, kills a member of either tier that many times in
 * mid-stream, and finds every acknowledged span in the sink and every trace whole.
 */
export async function outliveKills(t: TestContext, kills: number): Promise<void> {
  const broker = await startKafka();
  t.after(() => broker.remove());
  for (const topic of ['otlp_spans', 'otlp_logs', 'otlp_metrics']) {
    await createTopic(broker.plain, { topic, numPartitions: 6 });
  }
  const sink = await startSink();
  t.after(() => {
    sink.close();
  });
  const env = { KAFKA_BROKER: broker.plain, SINK_ENDPOINT: sink.endpoint };
  const start = (file: string): Promise<Member> => startMember(t, file, env);
  const [tier1, tier2] = await Promise.all(
    ['tier1.yaml', 'tier2.yaml'].map((file) => Promise.all([start(file), start(file)])),
  );
  assert.ok(tier1 && tier2);

  const sent = new Map<string, Set<string>>();
  let isOver = false;
  const application = async (): Promise<void> => {
    while (!isOver) {
      const traceId = randomBytes(16).toString('hex');
      const spans = Array.from({ length: spansPerTrace }, () => randomBytes(8).toString('hex'));
      for (const spanId of spans) await sendToTier(tier1, tracesRequest([{ traceId, spanId }]));
      sent.set(traceId, new Set(spans));
      await delay(5);
    }
  };
  const missing = (): string[] =>
    [...sent]
      .filter(([trace, spans]) => [...spans].some((span) => !sink.spansOf.get(trace)?.has(span)))
      .map(([trace]) => trace);
  const progress = async (traces: number): Promise<void> => {
    const goal = sent.size + traces;
    while (sent.size < goal) await delay(20);
  };

  const applications = Promise.all([application(), application(), application()]);
  for (let kill = 0; kill < kills; kill += 1) {
    for (const tier of [tier1, tier2]) {
      await progress(30);
      const member = tier[kill % 2];
      await member?.kill();
      await progress(30);
      await member?.start();
    }
  }
  await progress(30);
  isOver = true;
  await applications;
  const deadline = performance.now() + 60_000;
  while (missing().length > 0 && performance.now() < deadline) await delay(50);
  assert.deepEqual(missing(), []);
  for (const trace of sent.keys()) assert.equal(sink.spansOf.get(trace)?.size, spansPerTrace);
}
