import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { framedRequest, type PayloadKind } from './payloads.ts';
import { exportPath, otlpPort, peers, startPeer, untilAccepted, type Peer } from './peer.ts';

/**
 * `npm run bench:peers [-- --rounds 3 --seconds 3 --only 'pass-through small-100']`: the Go Collector, rotel, a bare grpc-js server and Weir
 * take the same requests in turn, pinned to core 0, the load on core 1. Compare CPU seconds per million spans: they
 * depend least on what else the machine does.
 */
interface Payload {
  readonly kind: PayloadKind;
  readonly spans: number;
}

interface Figure {
  readonly cpuPerMillion: number;
  readonly spansPerSecond: number;
  readonly peakMiB: number;
  readonly idleMiB: number;
  readonly startMs: number;
}

const payloads: Readonly<Record<Peer['pipeline'], readonly Payload[]>> = {
  'pass-through': [
    { kind: 'small', spans: 1 },
    { kind: 'small', spans: 100 },
    { kind: 'prompt', spans: 100 },
  ],
  gen_ai: [
    { kind: 'small', spans: 100 },
    { kind: 'prompt', spans: 100 },
  ],
};

/**
 * Long enough that a JIT compiler is done with the hot path: what is measured is the steady state. On a busy machine the
 * seconds alone are too few requests: Weir gets fast at about four thousand.
 */
const warmUpSeconds = 4;
const warmUpRequests = 6000;

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '3' },
    only: { type: 'string', default: '.' },
  },
});

const workDir = mkdtempSync(join(tmpdir(), 'weir-peers-'));
process.on('exit', () => {
  rmSync(workDir, { recursive: true, force: true });
});

const figures = new Map<string, Figure[]>();
const reason = unavailable();
if (reason === undefined) await measureAll();
else console.log(`skipped: ${reason}`);

function unavailable(): string | undefined {
  if (process.platform !== 'linux') return 'reads /proc, so it needs Linux';
  if (availableParallelism() < 2) return 'needs two cores';
  for (const tool of ['h2load', 'taskset']) {
    if (spawnSync('which', [tool]).status !== 0) return `${tool} is not installed`;
  }
  return undefined;
}

async function measureAll(): Promise<void> {
  const only = new RegExp(options.only);
  const payloadsOf = (peer: Peer): readonly Payload[] =>
    payloads[peer.pipeline].filter(({ kind, spans }) =>
      only.test(`${peer.pipeline} ${kind}-${spans} ${peer.name}`),
    );
  const wanted = peers.filter((peer) => payloadsOf(peer).length > 0);
  for (const peer of wanted) {
    if (peer.missing !== undefined) console.log(`skipped: ${peer.name}: ${peer.missing}`);
  }
  const present = wanted.filter((peer) => peer.missing === undefined);
  for (let round = 0; round < Number(options.rounds); round++) {
    for (const peer of present) {
      for (const payload of payloadsOf(peer)) await record(peer, payload);
    }
  }
  report();
}

async function record(peer: Peer, payload: Payload): Promise<void> {
  const label = `${peer.pipeline} | ${payload.kind}-${payload.spans} | ${peer.name}`;
  const figure = await measure(peer, payload);
  figures.set(label, [...(figures.get(label) ?? []), figure]);
  console.error(`${label}: ${figure.cpuPerMillion.toFixed(2)} CPU-s per million spans`);
}

async function measure(peer: Peer, payload: Payload): Promise<Figure> {
  const bodyFile = join(workDir, 'body.bin');
  writeFileSync(bodyFile, framedRequest(payload.kind, payload.spans));
  const running = startPeer(peer, workDir, openSync(join(workDir, 'peer.log'), 'a'));
  try {
    const startMs = await untilAccepted(framedRequest('small', 1));
    await sleep(500);
    const idleMiB = running.memoryMiB('VmRSS');
    const rate = await warmUp(bodyFile);
    await untilIdle(running.cpuSeconds);
    const before = running.cpuSeconds();
    const requests = Math.max(50, Math.round(rate * Number(options.seconds)));
    const seconds = await load(bodyFile, requests);
    await untilIdle(running.cpuSeconds);
    const spans = requests * payload.spans;
    return {
      cpuPerMillion: ((running.cpuSeconds() - before) / spans) * 1e6,
      spansPerSecond: spans / seconds,
      peakMiB: running.memoryMiB('VmHWM'),
      idleMiB,
      startMs,
    };
  } finally {
    await running.stop();
  }
}

/** Loads the peer until its code is warm; returns requests a second. */
async function warmUp(bodyFile: string): Promise<number> {
  const seconds = await load(bodyFile, 50);
  const requests = Math.max(warmUpRequests, Math.round((50 / seconds) * warmUpSeconds));
  return requests / (await load(bodyFile, requests));
}

/** Sends the body `requests` times over 4 connections with 8 streams each; returns the seconds it took. */
function load(bodyFile: string, requests: number): Promise<number> {
  const headers = ['-H', 'content-type: application/grpc', '-H', 'te: trailers'];
  const argv = [
    '-c',
    '1',
    'h2load',
    '-n',
    String(requests),
    '-c',
    '4',
    '-m',
    '8',
    '-t',
    '1',
    '-d',
    bodyFile,
    ...headers,
  ];
  return new Promise((resolve, reject) => {
    const child = spawn('taskset', [...argv, `http://127.0.0.1:${otlpPort}${exportPath}`]);
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.on('close', () => {
      const time = /finished in ([\d.]+)(us|ms|s),/.exec(output);
      const succeeded = Number(/(\d+) succeeded/.exec(output)?.[1]);
      if (time === null || succeeded !== requests)
        reject(new Error(`h2load: ${output.slice(0, 500)}`));
      else resolve(Number(time[1]) * { s: 1, ms: 1e-3, us: 1e-6 }[time[2] as 's' | 'ms' | 'us']);
    });
  });
}

async function untilIdle(cpuSeconds: () => number): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    const before = cpuSeconds();
    await sleep(300);
    if (cpuSeconds() - before < 0.03) return;
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function report(): void {
  const cpu =
    /model name\s*: (.*)/.exec(readFileSync('/proc/cpuinfo', 'latin1'))?.[1] ?? 'unknown CPU';
  const h2load = execFileSync('h2load', ['--version']).toString().trim();
  console.log(`${cpu}, ${availableParallelism()} cores, Node ${process.version}, ${h2load}\n`);
  console.log(
    '| pipeline | payload | peer | CPU-s per million spans, best (median) | × Go Collector | spans/s, best | peak RSS MiB | idle RSS MiB | start ms |',
  );
  console.log('|---|---|---|---|---|---|---|---|---|');
  for (const [label, runs] of figures) console.log(toRow(label, runs));
}

function toRow(label: string, runs: readonly Figure[]): string {
  const [pipeline, payload] = label.split(' | ');
  const baseline = figures.get(`${pipeline} | ${payload} | Go Collector`);
  const best = Math.min(...runs.map((run) => run.cpuPerMillion));
  const ratio =
    baseline === undefined
      ? ''
      : (best / Math.min(...baseline.map((run) => run.cpuPerMillion))).toFixed(2);
  const cells = [
    label,
    `${best.toFixed(2)} (${median(runs.map((run) => run.cpuPerMillion)).toFixed(2)})`,
    ratio,
    Math.max(...runs.map((run) => run.spansPerSecond)).toFixed(0),
    median(runs.map((run) => run.peakMiB)).toFixed(0),
    median(runs.map((run) => run.idleMiB)).toFixed(0),
    median(runs.map((run) => run.startMs)).toFixed(0),
  ];
  return `| ${cells.join(' | ')} |`;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;
}
