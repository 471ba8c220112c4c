import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { projectRoot } from './project-root.ts';

/** What a broker is started from, or why it cannot be. */
export type KafkaJars =
  | { readonly available: true; readonly folder: string }
  | { readonly available: false; readonly reason: string };

/** Outside the checkout, so that a fresh clone does not fetch 44 MB again; named by what `kafka/pom.xml` asks for. */
const folder = join(
  process.env['WEIR_TEST_CACHE'] ?? join(homedir(), '.cache', 'weir-test'),
  'kafka-4.3.1',
);

/** A mirror that does not answer must not hold up the tests for ever. */
const fetchLimitMs = 300_000;

let found: KafkaJars | undefined;

/** Finds the jars of a Kafka broker, fetching them by Maven the first time. Looks once in a process. */
export function findKafkaJars(): KafkaJars {
  found ??= look();
  return found;
}

/** The `skip` of tests that need a broker: false where there can be one, and why not otherwise. */
export function skipWithoutKafka(): string | false {
  const jars = findKafkaJars();
  return jars.available ? false : `no Kafka broker here: ${jars.reason}`;
}

function look(): KafkaJars {
  if (!runs('java', '-version')) return { available: false, reason: 'java is not installed' };
  if (existsSync(folder)) return { available: true, folder };
  if (!runs('mvn', '-v')) {
    return { available: false, reason: 'its jars are not cached, and mvn is not installed' };
  }
  return fetchJars();
}

function runs(command: string, argument: string): boolean {
  return spawnSync(command, [argument], { stdio: 'ignore' }).status === 0;
}

/** Into a folder of its own first: several test processes may fetch at once, and a half must never look like the whole. */
function fetchJars(): KafkaJars {
  mkdirSync(dirname(folder), { recursive: true });
  const fetched = mkdtempSync(`${folder}-`);
  const pom = join(projectRoot, 'test/support/kafka/pom.xml');
  const options = [`-DoutputDirectory=${fetched}`, '-DincludeScope=runtime'];
  const goal = 'dependency:copy-dependencies';
  const run = spawnSync('mvn', ['-q', '-B', '-ntp', '-f', pom, goal, ...options], {
    encoding: 'utf8',
    timeout: fetchLimitMs,
  });
  if (run.status === 0 && readdirSync(fetched).length > 0) {
    if (!existsSync(folder)) renameOrLeave(fetched);
    rmSync(fetched, { recursive: true, force: true });
    return { available: true, folder };
  }
  rmSync(fetched, { recursive: true, force: true });
  const [line = 'mvn did not end in time'] = run.stdout.split('\n').filter((text) => text);
  return { available: false, reason: `its jars could not be fetched (${line})` };
}

/** Another process may have been first: its folder is as good. */
function renameOrLeave(fetched: string): void {
  try {
    renameSync(fetched, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error;
  }
}
