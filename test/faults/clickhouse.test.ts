import assert from 'node:assert/strict';
import { createServer, request as requestHttp } from 'node:http';
import { describe, test } from 'node:test';
import type { TestContext } from 'node:test';
import type { ChdbConnection } from '../../extensions/chdb/connection.ts';
import { untilDelivered } from '../support/daemon-metrics.ts';
import { selectRows, skipWithoutStore, startStoreUnderTest } from '../support/embedded-store.ts';
import { listen } from '../support/listen.ts';
import { onDisk, toConfig } from './support/config.ts';
import { sendAll } from './support/load.ts';
import { createOracle } from './support/oracle.ts';
import { startDaemonFor } from './support/start.ts';

/** What becomes of an answer that the store has given. */
type Loss = 'withheld' | 'cut';

interface LossyStore {
  readonly url: string;
  /** `insert_deduplication_token` of each insert, in the order in which the store committed them. */
  readonly tokens: readonly string[];
}

/** A way to the store on which the answers to the first inserts are lost after they were committed. */
async function startLossyStore(
  t: TestContext,
  store: ChdbConnection,
  losses: readonly Loss[],
): Promise<LossyStore> {
  const tokens: string[] = [];
  const left = [...losses];
  const server = createServer((request, response) => {
    const { method, headers, url = '' } = request;
    const token = new URL(url, store.url).searchParams.get('insert_deduplication_token');
    // The store answers only those who mean to ask it.
    const sent = { ...headers, host: new URL(store.url).host };
    const forwarded = requestHttp(new URL(url, store.url), { method, headers: sent }, (answer) => {
      if (token !== null) tokens.push(token);
      const loss = token === null ? undefined : left.shift();
      if (loss === 'cut') request.socket.destroy();
      if (loss !== undefined) return void answer.resume();
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    forwarded.on('error', () => response.destroy());
    request.pipe(forwarded);
  });
  const port = await listen(server);
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return { url: `http://127.0.0.1:${port}`, tokens };
}

describe('fault 26: ClickHouse commits and its answer is lost', { skip: skipWithoutStore }, () => {
  const losses: Readonly<Record<string, readonly Loss[]>> = {
    'after the timeout': ['withheld', 'withheld'],
    'with the connection': ['cut', 'cut', 'cut'],
  };
  for (const [how, lost] of Object.entries(losses)) {
    test(`${how}: the same token is sent again, and every span is there once`, async (t) => {
      const store = await startStoreUnderTest();
      t.after(() => store.remove());
      const connection = store.connection();
      const lossy = await startLossyStore(t, connection, lost);
      const { user, password } = connection;
      const exporter = {
        endpoint: lossy.url,
        username: user,
        password,
        timeout: '2s',
        sending_queue: onDisk,
        retry_on_failure: { initial_interval: '1ms', max_interval: '10ms' },
      };
      const daemon = await startDaemonFor(
        t,
        toConfig({ exporters: { clickhouse: exporter }, storage: {} }),
      );
      await sendAll(createOracle(), daemon.ports, { count: 500 });
      await untilDelivered(daemon);
      const sql = 'SELECT count() AS rows, uniqExact(SpanId) AS spans FROM otel_traces';
      assert.deepEqual(await selectRows(connection, sql), [{ rows: 500, spans: 500 }]);
      const repeats = lossy.tokens.length - new Set(lossy.tokens).size;
      assert.equal(repeats, lost.length, lossy.tokens.join(' '));
    });
  }
});
