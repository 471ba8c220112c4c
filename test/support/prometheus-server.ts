import { spawn, spawnSync } from 'node:child_process';
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
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
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

let found: PrometheusBinaries | undefined;

/** Finds an installed Prometheus, or fetches Debian's package into the cache without installing it. Looks once in a process. */
export function findPrometheus(): PrometheusBinaries {
  found ??= look();
  return found;
}

/** The `skip` of tests that need a Prometheus: false where there can be one, and why not otherwise. */
export function skipWithoutPrometheus(): string | false {
  const binaries = findPrometheus();
  return binaries.available ? false : `no Prometheus here: ${binaries.reason}`;
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

/** A real Prometheus in a child process, with a directory and a port of its own. */
export interface PrometheusUnderTest {
  readonly url: string;
  /** Values of an instant query, by their labels. */
  query(expression: string): Promise<{ metric: Record<string, string>; value: number }[]>;
  /** Exemplars of a query, of all times. */
  exemplars(expression: string): Promise<{ labels: Record<string, string> }[]>;
  remove(): Promise<void>;
}

const startLimitMs = 30_000;
const pollMs = 25;

/** Starts a Prometheus that scrapes the targets every second. @throws Error with its log where it does not start. */
export async function startPrometheus(targets: readonly string[]): Promise<PrometheusUnderTest> {
  const binaries = findPrometheus();
  if (!binaries.available) throw new Error(binaries.reason);
  const directory = mkdtempSync(join(tmpdir(), 'weir-prometheus-'));
  const [port = 0] = await freePorts(1);
  const config = {
    global: { scrape_interval: '1s' },
    scrape_configs: [{ job_name: 'weir', honor_labels: true, static_configs: [{ targets }] }],
  };
  // JSON is YAML.
  writeFileSync(join(directory, 'prometheus.yml'), JSON.stringify(config));
  const log = openSync(join(directory, 'log'), 'a');
  const child = spawn(
    binaries.server,
    [
      `--config.file=${join(directory, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(directory, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--enable-feature=exemplar-storage',
    ],
    { stdio: ['ignore', log, log] },
  );
  closeSync(log);
  const kill = (): void => {
    child.kill('SIGKILL');
  };
  process.once('exit', kill);
  const gone = new Promise<void>((resolve) => {
    child.once('exit', () => {
      process.off('exit', kill);
      resolve();
    });
    child.once('error', () => {
      resolve();
    });
  });
  const remove = async (): Promise<void> => {
    kill();
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
    query: async (query) => {
      const { result } = (await ask('query', { query })) as {
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
