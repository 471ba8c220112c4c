import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { Config } from './config.ts';
import { printConfig } from './print-config.ts';
import { loadYaml, registry, sinkOf, yamlWithSink } from './registry-under-test.ts';
import type { LoadOptions } from './load.ts';

function configOf(yaml: string, options: Partial<LoadOptions> = {}): Config {
  const result = loadYaml(yaml, options);
  if (result.ok) return result.config;
  throw new Error(JSON.stringify(result.diagnostics));
}

function messagesOf(yaml: string, options: Partial<LoadOptions> = {}): string[] {
  const result = loadYaml(yaml, options);
  const found = result.ok ? result.warnings : result.diagnostics;
  return found.map(({ path, message }) => `${path}: ${message}`);
}

const good = yamlWithSink('endpoint: x');

describe('a configuration', () => {
  it('comes out with canonical types, ids as written, and the pipelines in order', () => {
    const config = configOf(
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

  it('has the defaults of the contract', () => {
    const { telemetry, engine, dataDir } = configOf(good);
    assert.deepEqual(telemetry, {
      logs: { level: 'info', encoding: 'auto' },
      metrics: { enabled: true, endpoint: '127.0.0.1:8888', collectorNames: false },
    });
    assert.deepEqual(engine, {
      workers: undefined,
      ingressBytes: undefined,
      shutdownMs: 30_000,
    });
    assert.equal(dataDir, '/nowhere/weir-data');
  });

  it('takes the data directory from the command line, then the environment, then the file', () => {
    const yaml = `${good}  data_dir: from-file\n`;
    const env = { WEIR_DATA_DIR: '/from-env' };
    assert.equal(configOf(yaml).dataDir, '/nowhere/from-file');
    assert.equal(configOf(yaml, { env }).dataDir, '/from-env');
    assert.equal(configOf(yaml, { env, dataDir: 'from-cli' }).dataDir, '/nowhere/from-cli');
    assert.equal(configOf(yaml, { env: { WEIR_DATA_DIR: '' } }).dataDir, '/nowhere/from-file');
  });

  it("reads the Collector's ways to say where metrics are served and what is logged", () => {
    const telemetryOf = (yaml: string): Config['telemetry'] =>
      configOf(`${good}  telemetry:\n${yaml.replace(/^/gm, '    ')}\n`).telemetry;
    const reader =
      'metrics: { readers: [{ pull: { exporter: { prometheus: { host: "::1", port: 9 } } } }] }';
    assert.equal(telemetryOf(reader).metrics.endpoint, '[::1]:9');
    assert.equal(telemetryOf('metrics: { address: ":1" }').metrics.endpoint, ':1');
    assert.equal(telemetryOf('metrics: { level: none }').metrics.enabled, false);
    assert.equal(telemetryOf('logs: { level: WARN }').logs.level, 'warn');
    assert.equal(telemetryOf('logs: { level: fatal }').logs.level, 'error');
  });

  it('gives a component without a value its defaults', () => {
    assert.deepEqual(configOf(good).receivers.get('source')?.raw, {});
  });

  it('gives a key that wants text the text as it was written', () => {
    const raw = sinkOf(loadYaml(yamlWithSink('endpoint: 4317\ndatabase: 0123')));
    assert.deepEqual(raw, { endpoint: '4317', database: '0123' });
  });

  it('treats a key without a value as absent, or as an empty map', () => {
    const raw = sinkOf(loadYaml(yamlWithSink('endpoint: x\nretries:\nsending_queue:\nheaders:')));
    assert.deepEqual(raw, { endpoint: 'x', sending_queue: {}, headers: {} });
  });

  it('lets --set go before every file', () => {
    const sets = ['exporters.sink.endpoint=set', 'exporters.sink.retries=9'];
    assert.deepEqual(sinkOf(loadYaml(good, { sets })), { endpoint: 'set', retries: 9 });
  });

  it('merges files in order', () => {
    const folder = mkdtempSync(join(tmpdir(), 'weir-load-'));
    try {
      writeFileSync(join(folder, 'a.yaml'), good);
      writeFileSync(join(folder, 'b.yaml'), 'exporters: { sink: { retries: 1 } }');
      const sources = ['a.yaml', 'b.yaml'].map((path) => ({ kind: 'file', path }) as const);
      assert.deepEqual(sinkOf(loadYaml('', { sources, cwd: folder })), {
        endpoint: 'x',
        retries: 1,
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('is refused where a file is missing, is a directory, or is too large', () => {
    const folder = mkdtempSync(join(tmpdir(), 'weir-load-'));
    try {
      writeFileSync(join(folder, 'big.yaml'), '#'.repeat(1024 * 1024 + 1));
      const of = (path: string): string[] =>
        messagesOf('', { sources: [{ kind: 'file', path }], cwd: folder });
      assert.match(of('none.yaml')[0] ?? '', /no such file/);
      assert.match(of('.')[0] ?? '', /directory/);
      assert.match(of('big.yaml')[0] ?? '', /larger than 1 MiB/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('is a valid configuration again when it is printed', () => {
    const config = configOf(
      `${good}  extensions: [store]\n  workers: 2\nextensions: { store: {} }\n`,
    );
    const printed = printConfig(config, registry);
    assert.equal(printConfig(configOf(printed), registry), printed);
  });
});

describe('a faulty configuration', () => {
  it('is reported with all its errors, sorted by place', () => {
    const yaml = yamlWithSink('retries: x\nendpoint: [1]\nunknown: 1');
    const result = loadYaml(yaml, { sets: ['service.workers=-1'] });
    assert.ok(!result.ok);
    const lines = result.diagnostics.map(({ position }) => `${position.file}:${position.line}`);
    assert.deepEqual(lines, ['config.yaml:6', 'config.yaml:7', 'config.yaml:8', '--set:1']);
  });

  it('is cut off after fifty errors with a line that counts the rest', () => {
    const keys = Array.from({ length: 80 }, (_, i) => `wrong${i}: 1`).join('\n');
    const result = loadYaml(yamlWithSink(`endpoint: x\n${keys}`));
    assert.ok(!result.ok);
    assert.equal(result.diagnostics.length, 51);
    assert.equal(result.diagnostics.at(-1)?.message, 'and 30 more errors');
  });

  it('does not blame what follows from a mistyped key', () => {
    assert.deepEqual(messagesOf(yamlWithSink('endpiont: x')), [
      'exporters.sink.endpiont: unknown key',
    ]);
  });

  it('names a storage that is not started', () => {
    const yaml = yamlWithSink('endpoint: x\nsending_queue: { storage: store }');
    assert.deepEqual(messagesOf(`${yaml}extensions:\n  store:\n`), [
      'exporters.sink.sending_queue.storage: storage "store" is configured and not started; add it to service.extensions',
    ]);
  });

  it('is one where pipelines feed each other in a circle', () => {
    const yaml = `
receivers: { source: {} }
exporters: { sink: { endpoint: x } }
connectors: { bridge: {} }
service:
  pipelines:
    traces: { receivers: [source], exporters: [bridge] }
    metrics: { receivers: [bridge], exporters: [sink] }
`;
    assert.deepEqual(messagesOf(yaml), []);
    const turned = yaml.replace('receivers: [source]', 'receivers: [source, bridge]');
    assert.match(messagesOf(turned).join('\n'), /circle: traces -> bridge -> traces/);
  });
});
