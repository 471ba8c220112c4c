import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { delivered } from '../../pipeline/component/outcome.ts';
import type { Outcome } from '../../pipeline/component/outcome.ts';
import { sendSql, skipWithoutStore } from '../../test/support/embedded-store.ts';
import { clickhouseSchema } from './config.ts';
import { createExporter, send, shareStore, testdata } from './exporter-under-test.ts';
import { createStatements } from './schema-ddl.ts';
import { toSchemaOptions } from './schema-options.ts';

describe('the clickhouse exporter on the embedded store', { skip: skipWithoutStore }, () => {
  const store = shareStore();

  it('prints statements for a cluster that ClickHouse can read', async () => {
    const config = clickhouseSchema.parse({ cluster_name: 'main', ttl: '720h' });
    const options = { ...toSchemaOptions(config), isDistributed: true };
    for (const statement of createStatements(options)) {
      const text = statement.replace(/[\\']/g, '\\$&');
      assert.equal((await store.select(`SELECT formatQuery('${text}')`)).length, 1, statement);
    }
  });

  it('creates a table again that went missing, and adds its columns to one of a Collector', async () => {
    const bytes = testdata('traces');
    await sendSql(store.connection(), 'CREATE DATABASE taken');
    await sendSql(
      store.connection(),
      'CREATE TABLE taken.otel_traces (Timestamp DateTime64(9), TraceId String, SpanName String, own String) ENGINE = MergeTree ORDER BY TraceId PARTITION BY toDate(Timestamp)',
    );
    await store.withExporter('taken', async (exporter) => {
      await send(exporter, { signal: 'traces', bytes, id: 'a' });
      assert.deepEqual(
        await store.select('SELECT count() AS n, max(InputTokens) AS t FROM taken.otel_traces'),
        [{ n: 2, t: 1200 }],
      );
      await sendSql(store.connection(), 'DROP TABLE taken.otel_traces SYNC');
      assert.deepEqual(await send(exporter, { signal: 'traces', bytes, id: 'b' }), [
        delivered,
        delivered,
      ]);
    });
    assert.deepEqual(await store.select('SELECT count() AS n FROM taken.otel_traces'), [{ n: 2 }]);
  });

  it('waits for tables that it may not create, and says which one is missing', async () => {
    const yaml = 'database: nowhere\ncreate_schema: false';
    const exporter = createExporter(yaml, store.connection());
    await exporter.start?.();
    const [outcome] = await send(exporter, {
      signal: 'traces',
      bytes: testdata('traces'),
      id: 'a',
    });
    assert.equal(outcome?.kind, 'retryable');
    assert.match(outcome.message, /nowhere/);
    await exporter.shutdown?.();
  });

  it('refuses to write to tables of a newer schema', async () => {
    await store.withExporter('newer', () => Promise.resolve());
    await sendSql(store.connection(), 'INSERT INTO newer.schema_version (version) VALUES (99)');
    const exporter = createExporter('database: newer', store.connection());
    await assert.rejects(
      async () => exporter.start?.(),
      /exporters\.clickhouse: database newer has schema version 99/,
    );
    await exporter.shutdown?.();
  });

  it('starts without its server, and tells a wrong password from a server that is not there', async () => {
    const { url } = store.connection();
    const outcome = async (endpoint: string, password: string): Promise<Outcome | undefined> => {
      const exporter = createExporter(
        `endpoint: ${endpoint}\nusername: weir\npassword: ${password}`,
      );
      await exporter.start?.();
      const [first] = await send(exporter, { signal: 'logs', bytes: testdata('logs'), id: 'x' });
      await exporter.shutdown?.();
      return first;
    };
    const wrong = await outcome(url, 'wrong');
    assert.deepEqual(wrong, {
      kind: 'retryable',
      cause: 'auth',
      message: 'ClickHouse error 516 (AUTHENTICATION_FAILED): check username and password',
    });
    const absent = await outcome('http://127.0.0.1:1', 'x');
    assert.equal(absent?.kind === 'retryable' && absent.cause, 'network');
  });

  it('sends to a server that is named, compressed', async () => {
    const { url, user, password } = store.connection();
    const exporter = createExporter(
      `endpoint: ${url}\nusername: ${user}\npassword: ${password}\ndatabase: named\nttl: 72h`,
    );
    await exporter.start?.();
    const bytes = testdata('logs');
    assert.deepEqual(await send(exporter, { signal: 'logs', bytes, id: 'n' }), [delivered]);
    await exporter.shutdown?.();
    const [table] = await store.select('SHOW CREATE TABLE named.otel_logs');
    assert.match(
      String(table?.['statement']),
      /TTL toDateTime\(Timestamp\) \+ toIntervalSecond\(259200\)/,
    );
  });
});
