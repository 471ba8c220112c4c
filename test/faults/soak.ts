import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { createRandom, type Random } from '../fuzz/random.ts';
import { startDaemon, type TestDaemon } from '../support/daemon.ts';
import { sumOf, untilDelivered } from '../support/daemon-metrics.ts';
import { onDisk, sinkExporter, toConfig } from './support/config.ts';
import { startLoad } from './support/load.ts';
import { residentMiB } from './support/memory.ts';
import { createOracle } from './support/oracle.ts';
import { startGrpcSink, startHttpSink, type Sink, type SinkAnswer } from './support/sink.ts';

/**
 * `npm run test:soak [-- --minutes 60 --seed 1]` (fault 46): a daemon under load while its sinks refuse, hang, reset and
 * go away, and it is killed, stopped and reloaded. Every few seconds the ledger must balance, and at the end each sink
 * must have all that was acknowledged. Prints memory and open files as it goes: both must stay where they are.
 */
const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '60' }, seed: { type: 'string', default: '0' } },
});
const seed = Number(values.seed) || Date.now() % 1e9;
const random = createRandom(seed);
console.log(`seed ${seed}, ${values.minutes} minutes`);

const sinks = [await startHttpSink(), await startGrpcSink()] as const;
const oracle = createOracle();

/** A changed `timeout` makes a reload exchange the exporters. */
function configWith(timeoutS: number): string {
  const keys = { queue: onDisk, timeout: `${timeoutS}s` };
  return toConfig({
    exporters: {
      otlp_http: sinkExporter(sinks[0].endpoint, keys),
      otlp: sinkExporter(sinks[1].endpoint, keys),
    },
    processors: { genai: {} },
    storage: {},
  });
}

let daemon = await startDaemon(configWith(2));
let current = Promise.resolve(daemon);
const { directory } = daemon;
const load = startLoad({
  oracle,
  target: async () => {
    const { ports } = await current;
    // About 2,000 spans a second from four clients of 20 spans.
    await delay(40);
    return ports;
  },
});

/** What a bad day is made of; each leaves the daemon running. */
const faults: readonly [Fault, ...Fault[]] = [
  { name: 'kill', run: () => again(() => daemon.kill()) },
  { name: 'stop', run: () => again(() => daemon.stop()) },
  {
    name: 'reload',
    run: async () => {
      const { status, body } = await daemon.reload(configWith(1 + random.below(10)));
      assert.equal(status, 200, body);
    },
  },
  { name: 'a sink refuses', run: () => disturb({ kind: 'status', status: 503 }) },
  { name: 'a sink hangs', run: () => disturb({ kind: 'hang' }) },
  { name: 'nothing', run: () => delay(2000) },
];

interface Fault {
  readonly name: string;
  readonly run: () => Promise<unknown>;
}

function again(end: () => Promise<unknown>): Promise<unknown> {
  current = end().then(() => startDaemon(configWith(2), { directory }));
  return current.then((next) => (daemon = next));
}

async function disturb(answer: SinkAnswer): Promise<void> {
  const sink = random.pick(sinks);
  // gRPC's UNAVAILABLE has the number 14.
  const isGrpc = sink === sinks[1];
  const bad: SinkAnswer =
    answer.kind === 'status' && isGrpc ? { kind: 'status', status: 14 } : answer;
  sink.follow(() => (random.chance(0.7) ? bad : { kind: 'accept' }));
  await delay(random.below(5000));
  sink.follow(() => ({ kind: 'accept' }));
}

/** For each exporter: recovered + appended = delivered + dropped + backlog. */
function checkLedger(metrics: string): void {
  for (const exporter of ['otlp_http', 'otlp']) {
    const of = (name: string): number => sumOf(metrics, name, [`exporter="${exporter}"`]);
    const came =
      of('weir_recovered_items_total') + sumOf(metrics, 'weir_appended_items_total', ['log="out"']);
    const went =
      of('weir_delivered_items_total') + of('weir_dropped_items_total') + of('weir_backlog_items');
    assert.equal(came, went, `${exporter}, seed ${seed}`);
  }
}

function report(name: string, one: TestDaemon): void {
  const files = readdirSync(`/proc/${one.pid}/fd`).length;
  const memory = residentMiB(one, 'VmRSS')?.toFixed(0);
  console.log(
    `${new Date().toISOString()} ${name}: ${oracle.acknowledged.size} acknowledged, ${memory} MiB, ${files} files`,
  );
}

function check(sink: Sink, name: string): void {
  const { missing, spurious, duplicated, acknowledged } = oracle.compare(sink);
  console.log(`${name}: ${acknowledged} acknowledged, ${duplicated.length} repeated`);
  assert.deepEqual({ missing, spurious }, { missing: [], spurious: [] }, `seed ${seed}`);
}

const endMs = performance.now() + Number(values.minutes) * 60_000;
while (performance.now() < endMs) {
  const fault = pickFault(random);
  await fault.run();
  checkLedger(await daemon.metrics());
  report(fault.name, daemon);
}
await load.stop();
await Promise.all(sinks.map((sink) => sink.until('all spans', () => oracle.isFulfilledBy(sink))));
await untilDelivered(daemon);
check(sinks[0], 'over HTTP');
check(sinks[1], 'over gRPC');
await daemon.remove();
await Promise.all(sinks.map((sink) => sink.close()));

function pickFault(from: Random): Fault {
  return from.pick(faults);
}
