import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { Config } from './config.ts';
import { printConfig } from './print-config.ts';
import { loadYaml, sinkOf, yamlWithSink } from './registry-under-test.ts';
import type { LoadOptions } from './load.ts';

async function configOf(yaml: string, options: Partial<LoadOptions> = {}): Promise<Config> {
  const result = await loadYaml(yaml, options);
  if (result.ok) return result.config;
  throw new Error(JSON.stringify(result.diagnostics));
}

async function messagesOf(yaml: string, options: Partial<LoadOptions> = {}): Promise<string[]> {
  const result = await loadYaml(yaml, options);
  const found = result.ok ? result.warnings : result.diagnostics;
  return found.map(({ path, message }) => `${path}: ${message}`);
}

const good = yamlWithSink('endpoint: x');

describe('a configuration', () => {
  it('comes out with canonical types, ids as written, and the pipelines in order', async () => {
    const config = await configOf(
      good.replace('sink:', 'sink_grpc/a:').replace('[sink]', '[sink_grpc/a]'),
    );
    assert.equal(config.exporters.get('sink_grpc/a')?.type, 'sink');
    assert.deepEqual(config.pipelines, [
      {
        id: 'traces',
        signal: 'traces',
        receivers: ['source'],
        processors: [],
        exporters: ['sink_grpc/a'],
      },
    ]);
    assert.deepEqual(config.exporters.get('sink_grpc/a')?.position, {
      file: 'config.yaml',
      line: 5,
      column: 3,
    });
  });

  it('has the defaults of the contract', async () => {
    const { telemetry, engine, dataDir } = await configOf(good);
    assert.deepEqual(telemetry, {
      logs: { level: 'info', encoding: 'auto' },
      metrics: { enabled: true, endpoint: '127.0.0.1:8888', collectorNames: false },
    });
    assert.deepEqual(engine, {
      workers: undefined,
      ingressBytes: undefined,
      itemLimits: { attributes: 4096, events: 4096, links: 4096, valueBytes: 16 * 1024 ** 2 },
      shutdownMs: 30_000,
    });
    assert.equal(dataDir, '/nowhere/weir-data');
  });

  it('takes the data directory from the command line, then the environment, then the file', async () => {
    const yaml = `${good}  data_dir: from-file\n`;
    const env = { WEIR_DATA_DIR: '/from-env' };
    assert.equal((await configOf(yaml)).dataDir, '/nowhere/from-file');
    assert.equal((await configOf(yaml, { env })).dataDir, '/from-env');
    assert.equal((await configOf(yaml, { env, dataDir: 'from-cli' })).dataDir, '/nowhere/from-cli');
    assert.equal(
      (await configOf(yaml, { env: { WEIR_DATA_DIR: '' } })).dataDir,
      '/nowhere/from-file',
    );
    assert.equal((await configOf(yaml, { env, dataDir: '' })).dataDir, '/from-env');
  });

  it("reads the Collector's ways to say where metrics are served and what is logged", async () => {
    const telemetryOf = async (yaml: string): Promise<Config['telemetry']> =>
      (await configOf(`${good}  telemetry:\n${yaml.replace(/^/gm, '    ')}\n`)).telemetry;
    const reader =
      'metrics: { readers: [{ pull: { exporter: { prometheus: { host: "::1", port: 9 } } } }] }';
    assert.equal((await telemetryOf(reader)).metrics.endpoint, '[::1]:9');
    assert.equal((await telemetryOf('metrics: { address: ":1" }')).metrics.endpoint, ':1');
    assert.equal((await telemetryOf('metrics: { level: none }')).metrics.enabled, false);
    assert.equal((await telemetryOf('logs: { level: WARN }')).logs.level, 'warn');
    assert.equal((await telemetryOf('logs: { level: fatal }')).logs.level, 'error');
  });

  it('gives a component without a value its defaults', async () => {
    assert.deepEqual((await configOf(good)).receivers.get('source')?.raw, {});
  });

  it('gives a key that wants text the text as it was written', async () => {
    const raw = sinkOf(await loadYaml(yamlWithSink('endpoint: 4317\ndatabase: 0123')));
    assert.deepEqual(raw, { endpoint: '4317', database: '0123' });
  });

  it('treats a key without a value as absent, or as an empty map', async () => {
    const raw = sinkOf(
      await loadYaml(yamlWithSink('endpoint: x\nretries:\nsending_queue:\nheaders:')),
    );
    assert.deepEqual(raw, { endpoint: 'x', sending_queue: {}, headers: {} });
  });

  it('lets --set go before every file', async () => {
    const sets = ['exporters.sink.endpoint=set', 'exporters.sink.retries=9'];
    assert.deepEqual(sinkOf(await loadYaml(good, { sets })), { endpoint: 'set', retries: 9 });
  });

  it('merges files in order', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'weir-load-'));
    try {
      writeFileSync(join(folder, 'a.yaml'), good);
      writeFileSync(join(folder, 'b.yaml'), 'exporters: { sink: { retries: 1 } }');
      const sources = ['a.yaml', 'b.yaml'].map((path) => ({ kind: 'file', path }) as const);
      assert.deepEqual(sinkOf(await loadYaml('', { sources, cwd: folder })), {
        endpoint: 'x',
        retries: 1,
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('is refused where a file is missing, is a directory, or is too large', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'weir-load-'));
    try {
      writeFileSync(join(folder, 'big.yaml'), '#'.repeat(1024 * 1024 + 1));
      const of = (path: string): Promise<string[]> =>
        messagesOf('', { sources: [{ kind: 'file', path }], cwd: folder });
      assert.match((await of('none.yaml'))[0] ?? '', /no such file/);
      assert.match((await of('.'))[0] ?? '', /directory/);
      assert.match((await of('big.yaml'))[0] ?? '', /larger than 1 MiB/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('is told that its tests are not run', async () => {
    const tests = '\ntests: [{ name: costs }]\n';
    assert.deepEqual(await messagesOf(good + tests), [
      'tests: read, and nothing runs them: "weir test" is not in this build',
    ]);
    assert.deepEqual(await messagesOf(`${good}\ntests: []\n`), []);
  });

  it('is a valid configuration again when it is printed', async () => {
    const config = await configOf(
      `${good}  extensions: [store]\n  workers: 2\nextensions: { store: {} }\n`,
    );
    const printed = printConfig(config);
    assert.equal(printConfig(await configOf(printed)), printed);
  });
});

describe('a faulty configuration', () => {
  it('is reported with all its errors, sorted by place', async () => {
    const yaml = yamlWithSink('retries: x\nendpoint: [1]\nunknown: 1');
    const result = await loadYaml(yaml, { sets: ['service.workers=-1'] });
    assert.ok(!result.ok);
    const lines = result.diagnostics.map(({ position }) => `${position.file}:${position.line}`);
    assert.deepEqual(lines, ['config.yaml:6', 'config.yaml:7', 'config.yaml:8', '--set:1']);
  });

  it('is cut off after fifty errors with a line that counts the rest', async () => {
    const keys = Array.from({ length: 80 }, (_, i) => `wrong${i}: 1`).join('\n');
    const result = await loadYaml(yamlWithSink(`endpoint: x\n${keys}`));
    assert.ok(!result.ok);
    assert.equal(result.diagnostics.length, 51);
    assert.equal(result.diagnostics.at(-1)?.message, 'and 30 more errors');
  });

  it('does not blame what follows from a mistyped key', async () => {
    assert.deepEqual(await messagesOf(yamlWithSink('endpiont: x')), [
      'exporters.sink.endpiont: unknown key',
    ]);
  });

  it('names a storage that is not started', async () => {
    const yaml = yamlWithSink('endpoint: x\nsending_queue: { storage: store }');
    assert.deepEqual(await messagesOf(`${yaml}extensions:\n  store:\n`), [
      'exporters.sink.sending_queue.storage: storage "store" is configured and not started; add it to service.extensions',
    ]);
  });

  it('is one where pipelines feed each other in a circle', async () => {
    const yaml = `
receivers: { source: {} }
exporters: { sink: { endpoint: x } }
connectors: { bridge: {} }
service:
  pipelines:
    traces: { receivers: [source], exporters: [bridge] }
    metrics: { receivers: [bridge], exporters: [sink] }
`;
    assert.deepEqual(await messagesOf(yaml), []);
    const turned = yaml.replace('receivers: [source]', 'receivers: [source, bridge]');
    assert.match((await messagesOf(turned)).join('\n'), /circle: traces -> bridge -> traces/);
  });
});
