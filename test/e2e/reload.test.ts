import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { TestContext } from 'node:test';
import { startDaemon, type TestDaemon } from '../support/daemon.ts';
import { sumOf, untilDelivered, untilMetrics } from '../support/daemon-metrics.ts';
import { contentTypes, postOtlp } from '../support/otlp-client.ts';
import { spanRequest } from '../support/span-request.ts';

/** `limit` and `file` make two configurations differ in the receiver and in the exporter. */
function configOf({ limit = 1, file = 'one' } = {}): string {
  return `
receivers:
  otlp:
    protocols:
      http: { endpoint: '127.0.0.1:\${env:HTTP}', max_request_body_size: ${limit}MiB }
exporters:
  file: { path: ${file}.jsonl, append: true }
extensions:
  health_check: { endpoint: '127.0.0.1:\${env:HEALTH}' }
service:
  extensions: [health_check]
  telemetry: { metrics: { address: '127.0.0.1:\${env:METRICS}' } }
  pipelines:
    traces: { receivers: [otlp], exporters: [file] }
`;
}

async function start(t: TestContext): Promise<TestDaemon> {
  const daemon = await startDaemon(configOf());
  t.after(() => daemon.remove());
  return daemon;
}

/** Sends one span and waits until the exporter has it. */
async function deliver(daemon: TestDaemon, name: string): Promise<void> {
  const body = Buffer.from(spanRequest([name]));
  const { status } = await postOtlp(daemon.ports.http, 'traces', body, contentTypes.protobuf);
  assert.equal(status, 200);
  await untilDelivered(daemon);
}

function untilReloads(daemon: TestDaemon, outcome: string, count: number): Promise<string> {
  return untilMetrics(
    daemon,
    (metrics) => sumOf(metrics, 'weir_config_reloads_total', [`outcome="${outcome}"`]) === count,
  );
}

function written(daemon: TestDaemon, file: string): string {
  return readFileSync(join(daemon.directory, `${file}.jsonl`), 'utf8');
}

/** As a whole: the daemon watches the file, and must not read a half of it. */
function replace(daemon: TestDaemon, text: string): void {
  const path = join(daemon.directory, 'config.yaml');
  writeFileSync(`${path}.next`, text);
  renameSync(`${path}.next`, path);
}

describe('a daemon', () => {
  test('reloads when its file changes, and takes calls on the same port with new limits', async (t) => {
    const daemon = await start(t);
    await deliver(daemon, 'before');
    replace(daemon, configOf({ limit: 2, file: 'two' }));
    await untilReloads(daemon, 'reloaded', 1);
    await deliver(daemon, 'after');
    assert.match(written(daemon, 'one'), /"before"/);
    assert.match(written(daemon, 'two'), /"after"/);
    assert.doesNotMatch(written(daemon, 'two'), /"before"/);
    assert.equal(await daemon.stop(), 0);
  });

  test('reloads when the symlink of a ConfigMap is swapped, and not when it says the same', async (t) => {
    const daemon = await start(t);
    const at = (...names: string[]): string => join(daemon.directory, ...names);
    const publish = (version: string, text: string): void => {
      mkdirSync(at(version));
      writeFileSync(at(version, 'config.yaml'), text);
      symlinkSync(version, at('..data_tmp'));
      renameSync(at('..data_tmp'), at('..data'));
    };
    publish('..1', `# mounted\n${configOf()}`);
    symlinkSync(join('..data', 'config.yaml'), at('config.yaml.link'));
    renameSync(at('config.yaml.link'), at('config.yaml'));
    await untilReloads(daemon, 'unchanged', 1);
    publish('..2', configOf({ file: 'two' }));
    await untilReloads(daemon, 'reloaded', 1);
    await deliver(daemon, 'after');
    assert.match(written(daemon, 'two'), /"after"/);
  });

  test('reloads on SIGHUP though nothing changed, for what components read anew', async (t) => {
    const daemon = await start(t);
    daemon.signal('SIGHUP');
    await untilReloads(daemon, 'reloaded', 1);
    await deliver(daemon, 'after');
    assert.match(written(daemon, 'one'), /"after"/);
  });

  test('runs on with what it has where the file is wrong, and says where it is', async (t) => {
    const daemon = await start(t);
    replace(daemon, configOf().replace('append', 'apend'));
    const metrics = await untilReloads(daemon, 'invalid', 1);
    assert.equal(sumOf(metrics, 'weir_config_last_reload_successful'), 0);
    assert.match(daemon.output(), /config\.yaml:7:28: unknown key/);
    await deliver(daemon, 'after');
    replace(daemon, configOf());
    const healed = await untilReloads(daemon, 'unchanged', 1);
    assert.equal(sumOf(healed, 'weir_config_last_reload_successful'), 1);
  });
});
