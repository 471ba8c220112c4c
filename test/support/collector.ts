import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { spawnForTest } from './child-of-test.ts';
import { projectRoot } from './project-root.ts';

/** Built by bench/peers/build.sh. */
const collector = join(projectRoot, 'bench/peers/bin/otelcol-peer');

/** The `skip` of tests that need the Go Collector. */
export const skipWithoutCollector = existsSync(collector)
  ? false
  : 'the Go Collector is not built: bench/peers/build.sh';

const startLimitMs = 30_000;

/** Starts a Collector that ends with the test; resolves once it listens on the port. @throws Error with its output where it does not. */
export async function startCollector(
  test: TestContext,
  config: object,
  port: number,
): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'weir-collector-'));
  writeFileSync(join(directory, 'collector.yaml'), JSON.stringify(config));
  const child = spawnForTest(collector, ['--config', join(directory, 'collector.yaml')], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let output = '';
  child.stderr?.on(
    'data',
    (chunk: Buffer) => (output = `${output}${chunk.toString()}`.slice(-4000)),
  );
  test.after(() => {
    child.kill();
    rmSync(directory, { recursive: true });
  });
  const deadline = performance.now() + startLimitMs;
  while (performance.now() < deadline && child.exitCode === null) {
    if (await isOpen(port)) return;
    await delay(50);
  }
  throw new Error(`the Collector does not listen on ${port}:\n${output}`);
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const end = (answer: boolean) => () => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', end(true)).once('error', end(false));
  });
}
