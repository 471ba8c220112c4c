import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { formatDiagnostics } from '../../pipeline/config/format-diagnostics.ts';
import { loadConfig, type LoadResult } from '../../pipeline/config/load.ts';
import { projectRoot } from '../../test/support/project-root.ts';
import { listComponents } from './components-command.ts';
import { registry } from './components.ts';
import { defaultConfigText } from './default-config.ts';

function load(name: string, text: string): Promise<LoadResult> {
  return loadConfig({
    sources: [{ kind: 'text', name, text }],
    sets: [],
    env: {},
    registry,
    cwd: projectRoot,
  });
}

function findings(result: LoadResult): string {
  const found = result.ok ? result.warnings : result.diagnostics;
  return formatDiagnostics(found.filter(({ severity }) => severity !== 'info'));
}

describe('config.example.yaml', () => {
  const text = readFileSync(join(projectRoot, 'config.example.yaml'), 'utf8');

  it('is valid without a warning in an empty environment', async () => {
    assert.equal(findings(await load('config.example.yaml', text)), '');
  });

  it('shows every component type of the build', async () => {
    const result = await load('config.example.yaml', text);
    assert.ok(result.ok);
    for (const { kind, type } of listComponents(await registry.load(registry.types))) {
      // Sections are the kinds' plurals.
      const section = result.config[`${kind}s` as 'receivers'];
      assert.ok(
        [...section.values()].some((spec) => spec.type === type),
        `${kind} ${type}`,
      );
    }
  });

  it('names its schema for editors in the first line', () => {
    assert.match(text, /^# yaml-language-server: \$schema=\.\/config\.schema\.json\n/);
  });
});

describe('the built-in configuration', () => {
  it('is valid with the embedded store and without', async () => {
    for (const embeddedStore of [true, false]) {
      const text = defaultConfigText({ embeddedStore, dataDir: '/tmp/da"ta $x ${y}' });
      const result = await load('built-in', text);
      assert.equal(findings(result), '');
      assert.ok(result.ok);
      assert.deepEqual(result.config.enabledExtensions.includes('chdb'), embeddedStore);
      if (embeddedStore) continue;
      const raw = result.config.exporters.get('file')?.raw as { readonly path: string };
      assert.equal(raw.path, '/tmp/da"ta $x ${y}/telemetry.jsonl');
    }
  });

  it('redacts in every pipeline and listens on loopback only', async () => {
    const result = await load('built-in', defaultConfigText({ embeddedStore: true }));
    assert.ok(result.ok);
    const { pipelines, receivers } = result.config;
    assert.deepEqual(
      pipelines.map(({ id }) => id),
      ['traces', 'logs', 'metrics'],
    );
    for (const { processors } of pipelines) assert.equal(processors.at(-1), 'redaction');
    assert.doesNotMatch(JSON.stringify([...receivers.values()]), /0\.0\.0\.0/);
  });
});

describe('two file exporters', () => {
  const yaml = (first: string, second: string): string => `
receivers: { otlp: { protocols: { grpc: } } }
exporters: { file: { path: ${first} }, file/2: { path: ${second} } }
service:
  pipelines:
    traces: { receivers: [otlp], exporters: [file] }
    logs: { receivers: [otlp], exporters: [file/2] }
`;

  it('are refused where they would write over each other', async () => {
    const found = findings(await load('c', yaml('out.jsonl', './a/../out.jsonl')));
    assert.match(found, /exporters\.file\/2: exporters\.file writes the same file/);
  });

  it('are in order where each has a file of its own, or only one is in a pipeline', async () => {
    assert.equal(findings(await load('c', yaml('a.jsonl', 'b.jsonl'))), '');
    const unused = yaml('a', 'a').replace('exporters: [file/2]', 'exporters: [file]');
    assert.equal(findings(await load('c', unused)), '');
  });

  it('may both write to a terminal or a pipe, and not to one file in memory', async () => {
    for (const path of ['/dev/stdout', '/dev/null', '/dev/fd/3']) {
      assert.equal(findings(await load('c', yaml(path, path))), '');
    }
    const found = findings(await load('c', yaml('/dev/shm/a', '/dev/shm/a')));
    assert.match(found, /writes the same file/);
  });
});

describe('an exporter that only a receiver is configured for', () => {
  it('is told to be added', async () => {
    const yaml = `
receivers: { otlp: { protocols: { grpc: } } }
exporters: { nop: }
service: { pipelines: { traces: { receivers: [otlp], exporters: [nop, otlp] } } }
`;
    const found = findings(await load('c', yaml));
    assert.match(
      found,
      /"otlp" is configured under "receivers"; add "otlp:" under "exporters" too/,
    );
  });
});

describe('a port', () => {
  const yaml = (endpoint: string): string => `
receivers: { otlp: { protocols: { http: { endpoint: 127.0.0.1:4318 } } } }
exporters: { prometheus: { endpoint: '${endpoint}' }, prometheus/2: { endpoint: '${endpoint}' } }
service:
  pipelines: { metrics: { receivers: [otlp], exporters: [prometheus, prometheus/2] } }
`;

  it('on which an exporter serves metrics is no receiver’s', async () => {
    assert.match(
      findings(await load('c', yaml('127.0.0.1:4318'))),
      /http\.endpoint: port 4318 is taken by exporters\.prometheus\/2\.endpoint/,
    );
  });

  it('of Weir’s own metrics is no exporter’s, and one of exporters may be shared', async () => {
    assert.match(
      findings(await load('c', yaml('127.0.0.1:8888'))),
      /port 8888 is taken by service\.telemetry\.metrics\.endpoint/,
    );
    assert.equal(findings(await load('c', yaml('127.0.0.1:8889'))), '');
  });
});
