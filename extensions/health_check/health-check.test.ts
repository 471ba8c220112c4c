import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { TestContext } from 'node:test';
import { parse } from 'yaml';
import type { EngineState, EngineStatus } from '../../pipeline/graph/status.ts';
import { createRecordingContext } from '../../test/support/component-context.ts';
import { healthCheckExtension } from './factory.ts';
import { healthCheckAddressOffer } from './health-check.ts';

interface Harness {
  /** Status code and body of a GET. */
  readonly get: (path: string) => Promise<readonly [number, string]>;
  readonly status: { state: EngineState; runningSinceMs: number | undefined };
  readonly url: string;
}

async function start(t: TestContext, yaml = ''): Promise<Harness> {
  const status: EngineStatus & Harness['status'] = { state: 'starting', runningSinceMs: undefined };
  const context = createRecordingContext('health_check', {
    offer: (name) => (name === 'engine.status' ? status : undefined),
  });
  const config: unknown = parse(`{ endpoint: "localhost:0", ${yaml} }`);
  const extension = healthCheckExtension.create(config, context);
  await extension.start?.();
  t.after(() => extension.shutdown?.());
  const url = `http://${String(extension.offers?.[healthCheckAddressOffer])}`;
  const get = async (path: string): Promise<readonly [number, string]> => {
    const response = await fetch(`${url}${path}`);
    return [response.status, await response.text()];
  };
  return { get, status, url };
}

describe('health_check', () => {
  test('is ready only while the engine runs, and live all the time', async (t) => {
    const { get, status } = await start(t);
    for (const [state, code] of [
      ['starting', 503],
      ['running', 200],
      ['draining', 503],
      ['stopped', 503],
    ] as const) {
      status.state = state;
      assert.deepEqual(await get('/ready'), [code, `${code === 200 ? 'ready' : state}\n`]);
      assert.deepEqual(await get('/live'), [200, 'live\n']);
    }
  });

  test("answers at / as the Collector's check does", async (t) => {
    const { get, status } = await start(t);
    assert.deepEqual(await get('/'), [503, '{"status":"Server not available","state":"starting"}']);
    status.state = 'running';
    status.runningSinceMs = 0;
    const [code, body] = await get('/?verbose');
    assert.equal(code, 200);
    assert.match(
      body,
      /^{"status":"Server available","upSince":"1970-01-01T00:00:00.000Z","uptime":"[\d.]+s"}$/,
    );
  });

  test('answers at another path and with other bodies where the YAML says so', async (t) => {
    const { get, status } = await start(
      t,
      'path: /healthz, response_body: { healthy: fine, unhealthy: ill }',
    );
    assert.deepEqual(await get('/healthz'), [503, 'ill']);
    status.state = 'running';
    assert.deepEqual(await get('/healthz'), [200, 'fine']);
    assert.equal((await get('/'))[0], 404);
  });

  test('takes no other method', async (t) => {
    const { url } = await start(t);
    const response = await fetch(`${url}/ready`, { method: 'POST' });
    assert.deepEqual([response.status, response.headers.get('allow')], [405, 'GET, HEAD']);
  });

  test('fails to start where the port is taken', async (t) => {
    const { url } = await start(t);
    const config = { endpoint: new URL(url).host };
    const second = healthCheckExtension.create(config, createRecordingContext('second'));
    await assert.rejects(second.start?.() ?? Promise.resolve(), /EADDRINUSE/);
    await second.shutdown?.();
  });
});
