import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { after, before, describe, it } from 'node:test';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { ClickHouseLogLevel, createClient } from '@clickhouse/client';
import type { ClickHouseClient } from '@clickhouse/client';
import { parse } from 'yaml';
import { readChdbConnection } from './connection.ts';
import { chdbExtension } from './factory.ts';
import { spawnForTest, waitFor } from '../../test/support/child-of-test.ts';
import { createRecordingContext } from '../../test/support/component-context.ts';
import {
  sendSql,
  skipWithoutStore,
  startStoreUnderTest,
} from '../../test/support/embedded-store.ts';
import type { StoreUnderTest } from '../../test/support/embedded-store.ts';

const skip = skipWithoutStore;

describe('the embedded ClickHouse', { skip }, () => {
  let store: StoreUnderTest;
  let client: ClickHouseClient;

  before(async () => {
    store = await startStoreUnderTest('max_query_time: 1s');
    const { url, user: username, password } = store.connection();
    client = createClient({
      url,
      username,
      password,
      compression: { request: true, response: true },
      log: { level: ClickHouseLogLevel.OFF },
    });
  });

  after(async () => {
    await client.close();
    await store.remove();
  });

  const rows = async (sql: string): Promise<unknown[]> =>
    (await client.query({ query: sql, format: 'JSONEachRow' })).json();

  it('serves the stock client: ping, DDL, gzipped inserts, and queries with parameters', async () => {
    assert.equal((await client.ping()).success, true);
    await client.command({
      query:
        'CREATE TABLE calls (id UInt32, model LowCardinality(String), tags Map(String, String)) ENGINE = MergeTree ORDER BY id',
    });
    const values = [
      { id: 1, model: "o'neil\\\t", tags: { a: 'ü' } },
      { id: 2, model: 'gpt-4o', tags: {} },
    ];
    await client.insert({ table: 'calls', values, format: 'JSONEachRow' });
    const found = await client.query({
      query: 'SELECT * FROM calls WHERE model = {model:String} AND id IN {ids:Array(UInt32)}',
      query_params: { model: "o'neil\\\t", ids: [1, 2] },
      format: 'JSONEachRow',
    });
    assert.deepEqual(await found.json(), [values[0]]);
  });

  it('takes RowBinary rows as a stream', async () => {
    await client.command({ query: 'CREATE TABLE bytes (a UInt8, b String) ENGINE = Memory' });
    const body = Readable.from([Buffer.from([7, 3, 0x66, 0x6f, 0x6f, 8, 0])], {
      objectMode: false,
    });
    const { stream } = await client.exec({
      query: 'INSERT INTO bytes (a, b) FORMAT RowBinary',
      values: body,
    });
    stream.resume();
    await new Promise((resolve) => stream.once('close', resolve));
    assert.deepEqual(await rows('SELECT * FROM bytes ORDER BY a'), [
      { a: 7, b: 'foo' },
      { a: 8, b: '' },
    ]);
  });

  it('takes an INSERT whose rows follow in the same body, as curl sends it', async () => {
    const connection = store.connection();
    await sendSql(connection, 'CREATE TABLE piped (a UInt8) ENGINE = Memory');
    await sendSql(connection, 'INSERT INTO piped FORMAT JSONEachRow\n{"a": 1}\n{"a": 2}\n');
    await sendSql(connection, 'INSERT INTO piped VALUES (3), (4)');
    await sendSql(connection, '5\n', {
      search: 'query=INSERT+INTO+piped+SETTINGS+async_insert=0+FORMAT+TSV',
    });
    const gzipped = gzipSync('INSERT INTO piped (a) FORMAT CSV\n6\n');
    await sendSql(connection, new Uint8Array(gzipped), { headers: { 'Content-Encoding': 'gzip' } });
    const { text } = await sendSql(
      connection,
      'SELECT groupArray(a) FROM (SELECT a FROM piped ORDER BY a)',
    );
    assert.equal(text, '[1,2,3,4,5,6]');
  });

  it('keeps settings, database and parameters of one request from the next', async () => {
    const connection = store.connection();
    await sendSql(connection, 'CREATE DATABASE other');
    const { text } = await sendSql(
      connection,
      "SELECT currentDatabase(), getSetting('max_threads')",
      {
        search: 'database=other&max_threads=3',
      },
    );
    assert.equal(text, 'other\t3');
    const next = await sendSql(
      connection,
      "SELECT currentDatabase(), getSetting('max_threads') = 3",
    );
    assert.equal(next.text, 'default\t0');
  });

  it('answers errors with their code, status and type', async () => {
    await assert.rejects(() => rows('SELECT * FROM nowhere'), {
      code: '60',
      type: 'UNKNOWN_TABLE',
    });
    await assert.rejects(() => rows('SELECT FROM WHERE'), { code: '62', type: 'SYNTAX_ERROR' });
    const { status, code } = await sendSql(store.connection(), 'SELECT nothing_of_that_name');
    assert.deepEqual([status, code], [404, '47']);
  });

  it('answers a body that is too large or no gzip, even while it is still being sent', async () => {
    const connection = store.connection();
    const large = await sendSql(connection, `SELECT '${'a'.repeat(65 * 1024 * 1024)}'`);
    assert.deepEqual([large.status, large.code], [413, '307']);
    const headers = { 'Content-Encoding': 'gzip' };
    const noGzip = await sendSql(connection, 'SELECT 1'.repeat(100_000), { headers });
    assert.deepEqual([noGzip.status, noGzip.code], [400, '271']);
  });

  it('ends a read after max_query_time, whatever the request asks for', async () => {
    const slow = 'SELECT count() FROM numbers(1000000000000) WHERE sipHash64(number) = 1';
    const { status, code } = await sendSql(store.connection(), slow, {
      search: 'max_execution_time=60',
    });
    assert.deepEqual([status, code], [408, '159']);
  });

  it('does not let a slow read hold up an insert', async () => {
    const connection = store.connection();
    await sendSql(connection, 'CREATE TABLE beside (a UInt8) ENGINE = Memory');
    const slow = sendSql(
      connection,
      'SELECT count() FROM numbers(1000000000000) WHERE sipHash64(number) = 1',
    );
    const first = await Promise.race([
      slow.then(() => 'read'),
      sendSql(connection, 'INSERT INTO beside VALUES (1)').then(() => 'insert'),
    ]);
    assert.equal(first, 'insert');
    await slow;
  });

  it('changes nothing on GET, so that no link can', async () => {
    const { url, user, password } = store.connection();
    const query = new URLSearchParams({
      query: 'CREATE TABLE got (a UInt8) ENGINE = Memory',
      user,
      password,
    });
    const response = await fetch(`${url}/?${query.toString()}`);
    assert.equal(response.status, 403);
    assert.equal(response.headers.get('x-clickhouse-exception-code'), '164');
  });

  it('refuses a wrong or missing password with 516', async () => {
    const connection = store.connection();
    for (const password of ['', 'wrong', `${connection.password}x`]) {
      const { status, code } = await sendSql({ ...connection, password }, 'SELECT 1');
      assert.deepEqual([status, code], [403, '516']);
    }
  });

  it('refuses names that a web page could point here, and pages of other origins', async () => {
    const { url, user, password } = store.connection();
    const port = new URL(url).port;
    const headers = { 'X-ClickHouse-User': user, 'X-ClickHouse-Key': password };
    const ask = (extra: Record<string, string>): Promise<number | undefined> =>
      new Promise((resolve, reject) => {
        request(`${url}/?query=SELECT+1`, { headers: { ...headers, ...extra } }, (response) => {
          response.resume();
          resolve(response.statusCode);
        })
          .on('error', reject)
          .end();
      });
    assert.equal(await ask({ Host: `localhost:${port}` }), 200);
    assert.equal(await ask({ Host: `attacker.example:${port}` }), 403);
    assert.equal(await ask({ Host: '127.0.0.1' }), 403);
    assert.equal(await ask({ Origin: `http://127.0.0.1:${port}` }), 200);
    assert.equal(await ask({ Origin: 'https://attacker.example' }), 403);
  });

  it('keeps its password where only the owner can read it', () => {
    assert.deepEqual(readChdbConnection(store.dataDir), store.connection());
    const mode = (path: string): number => statSync(join(store.dataDir, path)).mode & 0o777;
    assert.equal(mode('clickhouse'), 0o700);
    assert.equal(mode('clickhouse/spool'), 0o700);
    assert.equal(mode('clickhouse/credentials.json'), 0o600);
    assert.equal(mode('clickhouse/engine.log'), 0o600);
    assert.equal(mode('clickhouse/store'), 0o700);
  });

  it('refuses a second daemon on the same data directory, and a port that is taken', async () => {
    const start = async (dataDir: string, endpoint: string): Promise<void> => {
      const config: unknown = parse(`endpoint: ${endpoint}`);
      const extension = chdbExtension.create(config, createRecordingContext('chdb', { dataDir }));
      await extension.start?.();
    };
    await assert.rejects(
      start(store.dataDir, '127.0.0.1:0'),
      /another process has .*clickhouse open/,
    );
    assert.deepEqual(readChdbConnection(store.dataDir), store.connection());
    const taken = new URL(store.connection().url).host;
    await assert.rejects(
      start(`${store.dataDir}/second`, taken),
      /extensions\.chdb\.endpoint: .* is in use/,
    );
  });
});

describe('an embedded ClickHouse whose process is killed', { skip }, () => {
  it('comes back at the same address with what it acknowledged', async () => {
    const store = await startStoreUnderTest();
    try {
      const connection = store.connection();
      await sendSql(connection, 'CREATE TABLE kept (a UInt8) ENGINE = MergeTree ORDER BY a');
      await sendSql(connection, 'INSERT INTO kept VALUES (1), (2)');
      process.kill(childPid(store.dataDir), 'SIGKILL');
      const text = await retry(
        async () => (await sendSql(connection, 'SELECT count() FROM kept')).text,
      );
      assert.equal(text, '2');
      assert.deepEqual(store.connection(), connection);
      assert.equal(counted(store, 'weir_extension_chdb_restarts_total'), 1);
    } finally {
      await store.remove();
    }
  });
});

describe('an embedded ClickHouse whose daemon is killed', { skip }, () => {
  it('ends with it', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'weir-orphan-'));
    const bridge = pathToFileURL(join(import.meta.dirname, 'bridge.js')).href;
    const settings = {
      ...{ dataDir, host: '127.0.0.1', port: 0, memoryLimitBytes: 1e9 },
      ...{ maxQueryMs: 0, retentionMs: 0, maxDiskBytes: 0, upkeepMs: 60_000 },
    };
    const script = `const { startBridge } = await import('${bridge}');
      const { pid } = await startBridge(${JSON.stringify(settings)}, () => undefined);
      console.log(pid);`;
    const daemon = spawnForTest(process.execPath, ['--input-type=module', '--eval', script], {});
    waitFor(daemon);
    try {
      assert.ok(daemon.stdout);
      const [printed] = (await once(daemon.stdout, 'data')) as [Buffer];
      daemon.kill('SIGKILL');
      await retry(() => {
        assert.throws(() => process.kill(Number(printed), 0), { code: 'ESRCH' });
        return Promise.resolve();
      });
    } finally {
      rmSync(dataDir, { recursive: true, force: true });
    }
  });
});

describe('retention and the disk cap', { skip }, () => {
  it('drop old days, then the oldest ones above the cap, and count them', async () => {
    const store = await startStoreUnderTest(
      'retention: 48h\nmax_disk: 64KiB\nupkeep_interval: 100ms',
    );
    try {
      const connection = store.connection();
      const columns =
        '(day DateTime, text String) ENGINE = MergeTree PARTITION BY toDate(day) ORDER BY day';
      await sendSql(connection, `CREATE TABLE days ${columns}`);
      const insert = (daysAgo: number, rows: number): Promise<unknown> =>
        sendSql(
          connection,
          `INSERT INTO days SELECT now() - INTERVAL ${daysAgo} DAY, randomString(1000) FROM numbers(${rows})`,
        );
      await insert(9, 1);
      await insert(8, 1);
      await insert(1, 100);
      await insert(0, 10);
      const kept = await retry(async () => {
        const { text } = await sendSql(
          connection,
          'SELECT count(), uniqExact(toDate(day)) FROM days',
        );
        if (text !== '10\t1') throw new Error(`still ${text}`);
        return text;
      });
      assert.equal(kept, '10\t1');
      const dropped = (cause: string): number =>
        counted(store, 'weir_extension_chdb_dropped_partitions_total', cause);
      await retry(() => {
        if (dropped('max_disk') === 0) throw new Error('not reported yet');
        return Promise.resolve();
      });
      assert.equal(dropped('retention'), 2);
      assert.equal(dropped('max_disk'), 1);
    } finally {
      await store.remove();
    }
  });
});

describe('the endpoint of the embedded ClickHouse', () => {
  it('must be on loopback', () => {
    const parseEndpoint = (endpoint: string): boolean =>
      chdbExtension.schema.safeParse({ endpoint }).success;
    assert.equal(parseEndpoint('127.0.0.1:8123'), true);
    assert.equal(parseEndpoint('[::1]:8123'), true);
    for (const endpoint of ['0.0.0.0:8123', 'store.example:8123', '127.0.0.1', '127.0.0.1:99999']) {
      assert.equal(parseEndpoint(endpoint), false, endpoint);
    }
  });
});

function counted(store: StoreUnderTest, metric: string, cause?: string): number {
  return store.context.counted
    .filter(({ name, labels }) => name === metric && labels['cause'] === cause)
    .reduce((sum, { value }) => sum + value, 0);
}

/** The engine writes the id of the process that has the directory open into its lock file. */
function childPid(dataDir: string): number {
  const status = readFileSync(join(dataDir, 'clickhouse/status'), 'utf8');
  return Number(/PID: (\d+)/.exec(status)?.[1]);
}

async function retry<Result>(attempt: () => Promise<Result>): Promise<Result> {
  for (let left = 100; ; left -= 1) {
    try {
      return await attempt();
    } catch (error) {
      if (left === 0) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
