import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { loadConfig } from '../../pipeline/config/load.ts';
import { registry } from './components.ts';

/** The warnings of one configuration about data that goes round, as `path: message`. */
async function loopsOf(text: string): Promise<readonly string[]> {
  const result = await loadConfig({
    sources: [{ kind: 'text', name: 'config.yaml', text }],
    sets: [],
    env: {},
    registry,
    cwd: '/nowhere',
  });
  assert.ok(result.ok);
  return result.warnings
    .filter(({ code }) => code === 'cycle')
    .map(({ path, message }) => `${path}: ${message.replace(/ of this.*/, '')}`);
}

/** A configuration with a receiver, an exporter of YAML's flow style, and what a pipeline is made of. */
function looped(exporter: string, pipelines = 'traces: { receivers: [otlp], exporters: [out] }') {
  const [type = ''] = exporter.split(':');
  return `
receivers:
  otlp: { protocols: { grpc: { endpoint: 127.0.0.1:4317 }, http: { endpoint: "[::]:4318" } } }
  otlp/second: { protocols: { grpc: { endpoint: 10.0.0.7:14317 } } }
exporters:
  ${exporter}
connectors: { forward: }
service:
  pipelines:
    ${pipelines.replaceAll('out', type).replaceAll('\n', '\n    ')}
`;
}

describe('an exporter that sends to a receiver of its own daemon', () => {
  for (const endpoint of [
    'localhost:4317',
    '127.0.0.1:4317',
    'http://[::1]:4317',
    'dns:///localhost:4317',
  ]) {
    it(`is told of, with both places: ${endpoint}`, async () => {
      const yaml = looped(`otlp: { endpoint: "${endpoint}" }`);
      assert.deepEqual(await loopsOf(yaml), [
        'exporters.otlp: sends to receivers.otlp.protocols.grpc.endpoint',
      ]);
    });
  }

  it('is told of by the endpoint of one signal, and where every interface is listened on', async () => {
    const yaml = looped('otlphttp: { traces_endpoint: "http://127.0.0.1:4318/v1/traces" }');
    assert.deepEqual(await loopsOf(yaml), [
      'exporters.otlphttp: sends to receivers.otlp.protocols.http.endpoint',
    ]);
  });

  it('is told of where the data comes back over a connector', async () => {
    const yaml = looped(
      'otlp: { endpoint: localhost:4317 }',
      'traces/a: { receivers: [otlp], exporters: [forward] }\ntraces/b: { receivers: [forward], exporters: [out] }',
    );
    assert.equal((await loopsOf(yaml)).length, 1);
  });

  it('is none where the data does not come back, or goes to another host or port', async () => {
    const away = [
      looped('otlp: { endpoint: 10.0.0.7:4317 }'),
      looped('otlp: { endpoint: localhost:5317 }'),
      looped(
        'otlp: { endpoint: localhost:14317 }',
        'traces: { receivers: [otlp/second], exporters: [out] }',
      ),
      looped(
        'otlp: { endpoint: localhost:4317 }',
        'traces: { receivers: [otlp/second], exporters: [out] }',
      ),
      looped(
        'otlphttp: { endpoint: "http://localhost:4318", traces_endpoint: "http://10.0.0.7:4318/v1/traces" }',
      ),
    ];
    for (const yaml of away) assert.deepEqual(await loopsOf(yaml), []);
  });
});
