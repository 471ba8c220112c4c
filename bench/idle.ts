import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { toConfig } from '../test/faults/support/config.ts';
import { spawnDaemon } from '../test/support/daemon.ts';
import type { TestDaemon } from '../test/support/daemon.ts';
import { traceRequest } from './corpus.ts';

/**
 * What the daemon takes when it has nothing to do, beside a bare Node process, and how long it takes from its start until
 * it has accepted a span. `WEIR_BENCH_ROUNDS` (3) starts each; the median is printed.
 */
export async function benchIdle(print: (line: string) => void): Promise<void> {
  const rounds = Number(process.env['WEIR_BENCH_ROUNDS'] ?? 3);
  print(`bare Node: ${mib(await measureBareNode())} resident\n`);
  print(
    '| pipeline | resident MiB | its own (anonymous) | first accepted span, ms | CPU until then, ms |',
  );
  print('|---|---|---|---|---|');
  for (const [name, processors] of Object.entries(pipelines)) {
    const runs: Run[] = [];
    for (let round = 0; round < rounds; round += 1) runs.push(await measure(processors));
    const median = (pick: (run: Run) => number): number => middle(runs.map(pick));
    print(
      `| ${name} | ${median((run) => run.resident.rss).toFixed(1)} ` +
        `| ${median((run) => run.resident.anonymous).toFixed(1)} ` +
        `| ${median((run) => run.firstSpanMs).toFixed(0)} ` +
        `| ${median((run) => run.startCpuMs).toFixed(0)} |`,
    );
  }
}

const pipelines: Readonly<Record<string, readonly string[]>> = {
  'pass-through': [],
  genai: ['genai'],
  redaction: ['redaction'],
  'genai, redaction': ['genai', 'redaction'],
};

/** Long enough for what the start left behind to be collected and compiled. */
const settleMs = 4000;

interface Resident {
  readonly rss: number;
  readonly anonymous: number;
}

interface Run {
  readonly resident: Resident;
  readonly firstSpanMs: number;
  /** Of all threads, until the first span was accepted: what another load on the machine bends less. */
  readonly startCpuMs: number;
}

async function measure(processors: readonly string[]): Promise<Run> {
  const startMs = performance.now();
  const daemon = await spawnDaemon(
    toConfig({
      exporters: { nop: {} },
      processors: Object.fromEntries(processors.map((type) => [type, {}])),
    }),
  );
  try {
    await untilAccepted(daemon);
    const firstSpanMs = performance.now() - startMs;
    const startCpuMs = cpuMsOf(daemon.pid);
    await delay(settleMs);
    return { resident: residentOf(daemon.pid), firstSpanMs, startCpuMs };
  } finally {
    await daemon.remove();
  }
}

const pollMs = 5;
const startLimitMs = 30_000;

/** Resolves with the answer to the first span. @throws Error where the daemon does not come up. */
async function untilAccepted(daemon: TestDaemon): Promise<void> {
  const body = Buffer.from(traceRequest('small', 1));
  const headers = { 'content-type': 'application/x-protobuf' };
  const deadline = performance.now() + startLimitMs;
  while (performance.now() < deadline) {
    const url = `http://127.0.0.1:${daemon.ports.http}/v1/traces`;
    const answer = await fetch(url, { method: 'POST', headers, body }).catch(() => undefined);
    await answer?.arrayBuffer();
    if (answer?.status === 200) return;
    await delay(pollMs);
  }
  throw new Error(`the daemon did not come up\n${daemon.output()}`);
}

async function measureBareNode(): Promise<number> {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
  try {
    await delay(settleMs / 4);
    return residentOf(child.pid ?? 0).rss;
  } finally {
    child.kill();
  }
}

/** MiB of a process with all its threads; what is not anonymous is shared with other Node processes and the page cache. */
function residentOf(pid: number): Resident {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1');
  const read = (key: string): number =>
    Number(new RegExp(`^${key}:\\s+(\\d+)`, 'm').exec(rollup)?.[1]) / 1024;
  return { rss: read('Rss'), anonymous: read('Anonymous') };
}

/** The kernel counts in hundredths of a second. */
const tickMs = 10;

function cpuMsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  // Fields 14 and 15, counted from what follows the name in parentheses, which may hold spaces.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * tickMs;
}

function middle(values: readonly number[]): number {
  return values.toSorted((left, right) => left - right)[values.length >> 1] ?? NaN;
}

function mib(value: number): string {
  return `${value.toFixed(1)} MiB`;
}
