import { spawnSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { spawnForTest, waitFor } from './child-of-test.ts';
import { freePorts } from './free-port.ts';

/** A Prometheus to test against, or why there is none. */
export type PrometheusBinaries =
  | { readonly available: true; readonly server: string; readonly promtool: string }
  | { readonly available: false; readonly reason: string };

/** Outside the checkout, so that a fresh clone does not fetch it again. */
const cache = process.env['WEIR_TEST_CACHE'] ?? join(homedir(), '.cache', 'weir-test');
const folder = join(cache, 'prometheus-debian');

/** A mirror that does not answer must not hold up the tests for ever. */
const fetchLimitMs = 120_000;

/** Debian's package is of version 2; version 3 comes from `build-prometheus.sh`, or from where `PROMETHEUS_3_BIN` points. */
export type PrometheusVersion = 2 | 3;

const found = new Map<PrometheusVersion, PrometheusBinaries>();

/** Finds a Prometheus: an installed one, Debian's package, which is fetched without installing it, or a built one. Looks once in a process. */
export function findPrometheus(version: PrometheusVersion = 2): PrometheusBinaries {
  const binaries = found.get(version) ?? (version === 2 ? look() : lookForBuilt());
  found.set(version, binaries);
  return binaries;
}

/** The `skip` of tests that need a Prometheus: false where there can be one, and why not otherwise. */
export function skipWithoutPrometheus(version: PrometheusVersion = 2): string | false {
  const binaries = findPrometheus(version);
  return binaries.available ? false : `no Prometheus ${version} here: ${binaries.reason}`;
}

function lookForBuilt(): PrometheusBinaries {
  const server = process.env['PROMETHEUS_3_BIN'] ?? join(cache, 'prometheus-3', 'prometheus');
  if (runs(server, '--version')) {
    return { available: true, server, promtool: join(dirname(server), 'promtool') };
  }
  return { available: false, reason: 'test/support/build-prometheus.sh builds it, where Go is' };
}

function look(): PrometheusBinaries {
  if (runs('prometheus', '--version') && runs('promtool', '--version')) {
    return { available: true, server: 'prometheus', promtool: 'promtool' };
  }
  if (!existsSync(folder)) {
    const problem = fetchPackage();
    if (problem !== undefined) return { available: false, reason: problem };
  }
  const [server, promtool] = ['prometheus', 'promtool'].map((name) =>
    join(folder, 'usr/bin', name),
  );
  if (server === undefined || promtool === undefined || !runs(server, '--version')) {
    return { available: false, reason: 'the fetched one does not run on this machine' };
  }
  return { available: true, server, promtool };
}

function runs(command: string, argument: string): boolean {
  return spawnSync(command, [argument], { stdio: 'ignore' }).status === 0;
}

/** Into a folder of its own first: several test processes may fetch at once, and a half must never look like the whole. */
function fetchPackage(): string | undefined {
  if (!runs('apt-get', '--version') || !runs('dpkg-deb', '--version')) {
    return 'it is not installed, and there is no apt to fetch it';
  }
  mkdirSync(cache, { recursive: true });
  const fetched = mkdtempSync(`${folder}-`);
  const options = { cwd: fetched, stdio: 'ignore', timeout: fetchLimitMs } as const;
  spawnSync('apt-get', ['download', 'prometheus'], options);
  const [archive] = readdirSync(fetched).filter((name) => name.endsWith('.deb'));
  const unpacked = join(fetched, 'unpacked');
  const isUnpacked =
    archive !== undefined && spawnSync('dpkg-deb', ['-x', archive, unpacked], options).status === 0;
  if (isUnpacked) renameOrLeave(unpacked);
  rmSync(fetched, { recursive: true, force: true });
  return isUnpacked ? undefined : 'apt-get could not fetch its package';
}

/** Another process may have been first: its folder is as good. */
function renameOrLeave(unpacked: string): void {
  try {
    renameSync(unpacked, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error;
  }
}

/** What `promtool check metrics` says of a text: an empty string where it finds nothing. @throws Error where there is no promtool. */
export function checkMetrics(text: string): string {
  const binaries = findPrometheus();
  if (!binaries.available) throw new Error(binaries.reason);
  const run = spawnSync(binaries.promtool, ['check', 'metrics'], { input: text, encoding: 'utf8' });
  return run.status === 0 ? '' : `${run.stdout}${run.stderr}`;
}

/** How a Prometheus is started. */
export interface PrometheusOptions {
  readonly version?: PrometheusVersion;
  /** Where it listens on 127.0.0.1; a free port where absent. */
  readonly port?: number;
  /** `host:port` of what it scrapes, every second. */
  readonly targets?: readonly string[];
}

/** A real Prometheus in a child process, with a directory and a port of its own. It takes remote write. */
export interface PrometheusUnderTest {
  readonly url: string;
  /** Values of an instant query, by their labels; at a time in milliseconds since the epoch, now where absent. */
  query(
    expression: string,
    timeMs?: number,
  ): Promise<{ metric: Record<string, string>; value: number }[]>;
  /** All samples that the series of a selector have: times in milliseconds and values as Prometheus writes them. */
  samples(
    selector: string,
  ): Promise<{ metric: Record<string, string>; values: [timeMs: number, value: string][] }[]>;
  /** Exemplars of a query, of all times. */
  exemplars(expression: string): Promise<{ labels: Record<string, string> }[]>;
  remove(): Promise<void>;
}

const startLimitMs = 30_000;
const pollMs = 25;

/** Version 3 takes 1.0 alone where nothing is said. */
const acceptedMessages = ['prometheus.WriteRequest', 'io.prometheus.write.v2.Request'].map(
  (message) => `--web.remote-write-receiver.accepted-protobuf-messages=${message}`,
);

/** Starts a Prometheus. @throws Error with its log where it does not start. */
export async function startPrometheus({
  version = 2,
  targets = [],
  ...options
}: PrometheusOptions = {}): Promise<PrometheusUnderTest> {
  const binaries = findPrometheus(version);
  if (!binaries.available) throw new Error(binaries.reason);
  const directory = mkdtempSync(join(tmpdir(), 'weir-prometheus-'));
  const [free = 0] = options.port === undefined ? await freePorts(1) : [];
  const port = options.port ?? free;
  const config = {
    global: { scrape_interval: '1s' },
    scrape_configs: [{ job_name: 'weir', honor_labels: true, static_configs: [{ targets }] }],
  };
  // JSON is YAML.
  writeFileSync(join(directory, 'prometheus.yml'), JSON.stringify(config));
  const log = openSync(join(directory, 'log'), 'a');
  const child = spawnForTest(
    binaries.server,
    [
      `--config.file=${join(directory, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(directory, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--web.enable-remote-write-receiver',
      '--enable-feature=exemplar-storage',
      ...(version === 3 ? acceptedMessages : []),
    ],
    { stdio: ['ignore', log, log] },
  );
  closeSync(log);
  const gone = new Promise<void>((resolve) => {
    child.once('exit', () => {
      resolve();
    });
    child.once('error', () => {
      resolve();
    });
  });
  const remove = async (): Promise<void> => {
    child.kill('SIGKILL');
    waitFor(child);
    await gone;
    rmSync(directory, { recursive: true, force: true });
  };
  const url = `http://127.0.0.1:${port}`;
  const deadline = performance.now() + startLimitMs;
  while ((await fetch(`${url}/-/ready`).catch(() => undefined))?.status !== 200) {
    if (child.exitCode !== null || performance.now() > deadline) {
      const text = readFileSync(join(directory, 'log'), 'utf8');
      await remove();
      throw new Error(`Prometheus did not start:\n${text.slice(-4000)}`);
    }
    await delay(pollMs);
  }
  return toPrometheus(url, remove);
}

function toPrometheus(url: string, remove: () => Promise<void>): PrometheusUnderTest {
  const ask = async (path: string, parameters: Record<string, string>): Promise<unknown> => {
    const answer = await fetch(
      `${url}/api/v1/${path}?${new URLSearchParams(parameters).toString()}`,
    );
    const { data } = (await answer.json()) as { data: unknown };
    return data;
  };
  return {
    url,
    samples: async (selector) => {
      // A range selector gives what is stored; a day is longer than any test.
      const { result } = (await ask('query', { query: `${selector}[1d]` })) as {
        result: { metric: Record<string, string>; values: [number, string][] }[];
      };
      return result.map(({ metric, values }) => ({
        metric,
        values: values.map(([seconds, value]) => [Math.round(seconds * 1000), value]),
      }));
    },
    query: async (query, timeMs) => {
      const time = timeMs === undefined ? {} : { time: String(timeMs / 1000) };
      const { result } = (await ask('query', { query, ...time })) as {
        result: { metric: Record<string, string>; value: [number, string] }[];
      };
      return result.map(({ metric, value }) => ({ metric, value: Number(value[1]) }));
    },
    exemplars: async (query) => {
      const range = { start: '0', end: String(Date.now() / 1000) };
      const found = (await ask('query_exemplars', { query, ...range })) as {
        exemplars: { labels: Record<string, string> }[];
      }[];
      return found.flatMap(({ exemplars }) => exemplars);
    },
    remove,
  };
}
