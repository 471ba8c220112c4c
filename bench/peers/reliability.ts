import { spawn } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readSync,
  rmSync,
  statSync,
  truncateSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { onDisk, sinkExporter, toConfig } from '../../test/faults/support/config.ts';
import { crashUnderLoad, type Victim } from '../../test/faults/support/crashes.ts';
import { sendAll } from '../../test/faults/support/load.ts';
import { createOracle, type Oracle } from '../../test/faults/support/oracle.ts';
import { startHttpSink, type Sink } from '../../test/faults/support/sink.ts';
import { createRandom } from '../../test/fuzz/random.ts';
import { startDaemon } from '../../test/support/daemon.ts';
import { freePorts } from '../../test/support/free-port.ts';
import { projectRoot } from '../../test/support/project-root.ts';

/**
 * `npm run bench:reliability [-- --kills 50 --seed 1 --only kill]`: Weir and the Go Collector with its persistent queue
 * meet the same faults. Prints, for each, how many acknowledged spans never reached the sink, and how many came twice.
 */
const { values: options } = parseArgs({
  options: {
    kills: { type: 'string', default: '50' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string', default: '.' },
  },
});

interface Running extends Victim {
  /** SIGTERM; resolves when the process is gone. */
  stop(): Promise<unknown>;
}

/** A daemon that keeps its queue in a directory. */
interface Subject {
  readonly name: string;
  readonly missing?: string;
  start(directory: string, sink: Sink): Promise<Running>;
}

const binary = join(projectRoot, 'bench/peers/bin/otelcol-peer');

const subjects: readonly Subject[] = [
  weir('Weir, fsync', true),
  weir('Weir, write', false),
  collector('Collector, fsync', true),
  collector('Collector, default', false),
];

function weir(name: string, fsync: boolean): Subject {
  return {
    name,
    start: (directory, sink) => {
      const exporters = { otlp_http: sinkExporter(sink.endpoint, { queue: onDisk }) };
      return startDaemon(toConfig({ exporters, storage: { fsync } }), { directory });
    },
  };
}

function collector(name: string, fsync: boolean): Subject {
  return {
    name,
    ...(!existsSync(binary) && { missing: 'bench/peers/bin/otelcol-peer is not built' }),
    start: async (directory, sink) => {
      const [grpc = 0, http = 0] = await freePorts(2);
      const child = spawn(
        binary,
        ['--config', join(projectRoot, 'bench/peers/configs/otelcol-queue.yaml')],
        {
          stdio: 'ignore',
          env: {
            ...process.env,
            GRPC: String(grpc),
            HTTP: String(http),
            SINK: sink.endpoint,
            STORAGE: join(directory, 'data'),
            FSYNC: String(fsync),
          },
        },
      );
      const ended = new Promise((resolve) => child.once('exit', resolve));
      const end = (signal: NodeJS.Signals): Promise<unknown> => {
        if (child.exitCode === null && child.signalCode === null) child.kill(signal);
        return ended;
      };
      const isUp = (): boolean => child.exitCode === null;
      await untilListening(http, isUp);
      const kill = async (): Promise<void> => {
        await end('SIGKILL');
      };
      return { ports: { grpc, http }, kill, stop: () => end('SIGTERM') };
    },
  };
}

async function untilListening(port: number, isUp: () => boolean): Promise<void> {
  for (;;) {
    const request = { method: 'POST', headers: { 'content-type': 'application/x-protobuf' } };
    const answer = await fetch(`http://127.0.0.1:${port}/v1/traces`, request).catch(
      () => undefined,
    );
    if (answer?.status === 200) return;
    if (!isUp()) throw new Error('it ended while it started');
    await delay(10);
  }
}

/** What a scenario works with; `start` starts the daemon on what the one before left. */
interface Stage {
  readonly oracle: Oracle;
  readonly sink: Sink;
  readonly directory: string;
  readonly start: () => Promise<Running>;
}

/** Runs a fault; resolves with the daemon that delivers what is left. */
type Scenario = (stage: Stage) => Promise<Running>;

const backlogSpans = 4000;

const scenarios: Readonly<Record<string, Scenario>> = {
  'kill -9 under load, at random moments': async ({ oracle, sink, start }) => {
    sink.follow(async () => {
      await delay(5);
      return { kind: 'accept' };
    });
    const random = createRandom(Number(options.seed));
    const kills = Number(options.kills);
    return (await crashUnderLoad({ oracle, random, kills, livesMs: [50, 500], start })).last;
  },
  'kill -9 with a backlog, sink down': async (stage) => {
    const daemon = await startWithBacklog(stage);
    await daemon.kill();
    return startWithSinkUp(stage);
  },
  'SIGTERM with a backlog, sink hangs': async (stage) => {
    const daemon = await startWithBacklog(stage, 'hang');
    await daemon.stop();
    return startWithSinkUp(stage);
  },
  'kill -9 ten times while the backlog drains': async (stage) => {
    const daemon = await startWithBacklog(stage);
    stage.sink.follow(async () => {
      await delay(20);
      return { kind: 'accept' };
    });
    let current = daemon;
    for (let kill = 0; kill < 10; kill += 1) {
      const taken = stage.sink.taken.size;
      await stage.sink.until('progress', () => stage.sink.taken.size > taken || isDone(stage));
      await current.kill();
      current = await stage.start();
    }
    return current;
  },
  'the last 100 bytes of the largest file torn off': async (stage) => {
    const daemon = await startWithBacklog(stage);
    await daemon.kill();
    const path = largestFile(join(stage.directory, 'data'));
    truncateSync(path, statSync(path).size - 100);
    return startWithSinkUp(stage);
  },
  'a byte in the middle of the largest file flipped': async (stage) => {
    const daemon = await startWithBacklog(stage);
    await daemon.kill();
    const path = largestFile(join(stage.directory, 'data'));
    const file = openSync(path, 'r+');
    const byte = Buffer.alloc(1);
    const at = statSync(path).size >> 1;
    readSync(file, byte, 0, 1, at);
    writeSync(file, Buffer.from([(byte[0] ?? 0) ^ 0xff]), 0, 1, at);
    closeSync(file);
    return startWithSinkUp(stage);
  },
  'one span of 512 that the sink answers with 400': async ({ oracle, sink, start }) => {
    const poison = 300;
    sink.follow(({ ids }) =>
      ids.includes(poison) ? { kind: 'status', status: 400 } : { kind: 'accept' },
    );
    const daemon = await start();
    await sendAll(oracle, daemon.ports, { count: 512, spans: 512 });
    return daemon;
  },
};

function isDone({ oracle, sink }: Stage): boolean {
  return oracle.isFulfilledBy(sink);
}

async function startWithBacklog(stage: Stage, how: 'status' | 'hang' = 'status'): Promise<Running> {
  const { oracle, sink, start } = stage;
  sink.follow(() => (how === 'hang' ? { kind: 'hang' } : { kind: 'status', status: 503 }));
  const daemon = await start();
  await sendAll(oracle, daemon.ports, { count: backlogSpans });
  return daemon;
}

function startWithSinkUp({ sink, start }: Stage): Promise<Running> {
  sink.follow(() => ({ kind: 'accept' }));
  return start();
}

function largestFile(folder: string): string {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  const [largest = ''] = files.sort((one, other) => statSync(other).size - statSync(one).size);
  return largest;
}

/** A daemon that has delivered nothing for so long has nothing left, or never will. */
const quietMs = 5000;

async function untilQuiet({ sink, oracle }: Stage): Promise<void> {
  let taken = -1;
  while (taken < sink.taken.size && !oracle.isFulfilledBy(sink)) {
    taken = sink.taken.size;
    await delay(quietMs);
  }
  // What comes twice may come last.
  await delay(500);
}

async function run(subject: Subject, scenario: Scenario): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), 'weir-reliability-'));
  const sink = await startHttpSink();
  const oracle = createOracle();
  let last: Running | undefined;
  const start = async (): Promise<Running> => (last = await subject.start(directory, sink));
  const stage: Stage = { oracle, sink, directory, start };
  try {
    await scenario(stage);
    await untilQuiet(stage);
    const { acknowledged, missing, duplicated } = oracle.compare(sink);
    return `${missing.length} / ${duplicated.length} of ${acknowledged}`;
  } catch (error) {
    return `does not start again: ${error instanceof Error ? error.message.slice(0, 60) : ''}`;
  } finally {
    await last?.kill();
    await sink.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

const present = subjects.filter(({ name, missing }) => {
  if (missing !== undefined) console.log(`skipped: ${name}: ${missing}`);
  return missing === undefined;
});
console.log(
  `seed ${options.seed}, ${options.kills} kills; spans lost / delivered twice of acknowledged\n`,
);
console.log(`| fault | ${present.map(({ name }) => name).join(' | ')} |`);
console.log(`|---|${present.map(() => '---').join('|')}|`);
for (const [name, scenario] of Object.entries(scenarios)) {
  if (!new RegExp(options.only).test(name)) continue;
  const cells: string[] = [];
  for (const subject of present) {
    cells.push(await run(subject, scenario));
    console.error(`${subject.name}, ${name}: ${cells.at(-1) ?? ''}`);
  }
  console.log(`| ${name} | ${cells.join(' | ')} |`);
}
