import assert from 'node:assert/strict';
import { request as httpRequest } from 'node:http';
import { describe, test } from 'node:test';
import type { TestContext } from 'node:test';
import { parse } from 'yaml';
import type { Reloader, ReloadResult } from '../../pipeline/graph/reloader.ts';
import type { EngineStatus } from '../../pipeline/graph/status.ts';
import { createRecordingContext } from '../../test/support/component-context.ts';
import { healthCheckExtension } from './factory.ts';
import { healthCheckAddressOffer } from './health-check.ts';

interface Harness {
  /** Status code and body of a GET. */
  readonly get: (path: string) => Promise<readonly [number, string]>;
  readonly status: Writable<EngineStatus>;
  readonly url: string;
  readonly shutdown: () => Promise<void>;
}

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

const silent: ReloadResult = { outcome: 'unchanged' };

async function start(
  t: TestContext,
  yaml = '',
  reloader: Partial<Reloader> = {},
): Promise<Harness> {
  const status: Harness['status'] = {
    state: 'starting',
    runningSinceMs: undefined,
    refusals: [],
    stalls: [],
  };
  const offers = new Map<string, unknown>([
    ['engine.status', status],
    ['engine.reloader', { reload: () => Promise.resolve(silent), last: undefined, ...reloader }],
  ]);
  const context = createRecordingContext('health_check', { offer: (name) => offers.get(name) });
  const config: unknown = parse(`{ endpoint: "localhost:0", ${yaml} }`);
  const extension = healthCheckExtension.create(config, context);
  await extension.start?.();
  t.after(() => extension.shutdown?.());
  const url = `http://${String(extension.offers?.[healthCheckAddressOffer])}`;
  const get = async (path: string): Promise<readonly [number, string]> => {
    const response = await fetch(`${url}${path}`);
    return [response.status, await response.text()];
  };
  const shutdown = async (): Promise<void> => extension.shutdown?.();
  return { get, status, url, shutdown };
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
      const [answered, body] = await get('/ready');
      const said = { status: code === 200 ? 'ready' : 'not ready', state };
      assert.deepEqual([answered, JSON.parse(body)], [code, said]);
      assert.deepEqual(await get('/live'), [200, '{"status":"live"}\n']);
    }
  });

  test('is not ready while a log refuses, and says why', async (t) => {
    const { get, status } = await start(t);
    status.state = 'running';
    status.refusals = ['pipeline "traces": the queue of "otlp" is full'];
    const [code, body] = await get('/ready');
    const { reasons } = JSON.parse(body) as { reasons: unknown };
    assert.deepEqual([code, reasons], [503, status.refusals]);
    assert.equal((await get('/'))[0], 503);
    assert.equal((await get('/live'))[0], 200);
  });

  test('is not live while a log does not answer', async (t) => {
    const { get, status } = await start(t);
    status.state = 'running';
    status.stalls = ['a log has not answered for 61 s'];
    assert.deepEqual(await get('/live'), [
      503,
      '{"status":"stalled","reasons":["a log has not answered for 61 s"]}\n',
    ]);
  });

  test('stays ready after a reload that failed, and tells of it', async (t) => {
    const last = { outcome: 'invalid', atMs: 0, problem: 'config.yaml:3:5: unknown key' } as const;
    const { get, status } = await start(t, '', { last });
    status.state = 'running';
    const [code, body] = await get('/ready');
    assert.equal(code, 200);
    assert.deepEqual((JSON.parse(body) as { reload: unknown }).reload, {
      outcome: 'invalid',
      at: '1970-01-01T00:00:00.000Z',
      problem: 'config.yaml:3:5: unknown key',
    });
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

interface Posted {
  readonly status: number | undefined;
  readonly body: unknown;
}

/** `fetch` forbids setting `Host`. */
function post(url: string, headers: Readonly<Record<string, string>> = {}): Promise<Posted> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(`${url}/-/reload`, { method: 'POST', headers }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.on('end', () => {
        resolve({ status: response.statusCode, body: JSON.parse(text) as unknown });
      });
    });
    request.on('error', reject);
    request.end();
  });
}

describe('POST /-/reload', () => {
  const results: readonly (readonly [number, ReloadResult])[] = [
    [200, { outcome: 'reloaded', changes: ['~ exporters.otlp'] }],
    [200, { outcome: 'unchanged' }],
    [500, { outcome: 'failed', message: 'failed to start exporter "otlp": no' }],
    [503, { outcome: 'stopping' }],
  ];
  for (const [status, result] of results) {
    test(`answers ${status} where the outcome is ${result.outcome}`, async (t) => {
      const { url } = await start(t, '', { reload: () => Promise.resolve(result) });
      assert.deepEqual(await post(url), { status, body: result });
    });
  }

  test('answers 422 with the diagnostics of a wrong configuration, without its lines', async (t) => {
    const found = {
      severity: 'error',
      code: 'unknown_key',
      path: 'exporters.otlp.endpont',
      message: 'unknown key',
      position: { file: 'config.yaml', line: 3, column: 5 },
    } as const;
    const excerpt = { line: 'endpont: somewhere', column: 1 };
    const { url } = await start(t, '', {
      reload: () =>
        Promise.resolve({ outcome: 'invalid', diagnostics: [{ ...found, excerpt }] } as const),
    });
    assert.deepEqual(await post(url), {
      status: 422,
      body: { outcome: 'invalid', diagnostics: [found] },
    });
  });

  for (const headers of [
    { host: 'attacker.example' },
    { host: 'localhost.attacker.example:13133' },
    { host: '127.0.0.1.attacker.example' },
    { origin: 'https://attacker.example' },
    { origin: 'null' },
  ]) {
    test(`refuses a request with ${JSON.stringify(headers)}`, async (t) => {
      let reloads = 0;
      const { url } = await start(t, '', {
        reload: () => {
          reloads += 1;
          return Promise.resolve(silent);
        },
      });
      assert.equal((await post(url, headers)).status, 403);
      assert.equal(reloads, 0);
    });
  }

  for (const host of ['localhost', 'LOCALHOST:13133', '127.0.0.1', '127.8.9.10:1', '[::1]:13133']) {
    test(`takes ${host} for this machine`, async (t) => {
      const { url } = await start(t);
      assert.equal((await post(url, { host })).status, 200);
    });
  }

  test('answers though the reload ends this very server', async (t) => {
    const { url, shutdown } = await start(t, '', {
      reload: async () => {
        await shutdown();
        await assert.rejects(fetch(`${url}/live`));
        return silent;
      },
    });
    assert.equal((await post(url)).status, 200);
  });

  test('takes no other method', async (t) => {
    const { url } = await start(t);
    const response = await fetch(`${url}/-/reload`);
    assert.deepEqual([response.status, response.headers.get('allow')], [405, 'POST']);
  });
});
