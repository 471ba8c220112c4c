import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SchemaOptions } from './ddl.ts';
import { createStatements } from './schema-ddl.ts';

const options: SchemaOptions = {
  database: 'otel',
  tables: {
    traces: 'spans',
    logs: 'otel_logs',
    gauge: 'gauge',
    sum: 'sum',
    histogram: 'histogram',
    exponential_histogram: 'exponential_histogram',
    summary: 'summary',
  },
  ttlMs: 0,
  cluster: undefined,
  isDistributed: false,
  engine: { name: 'MergeTree', params: '' },
};

describe('the statements that create the schema', () => {
  it('may all run again', () => {
    for (const statement of createStatements(options)) {
      assert.match(statement, /IF NOT EXISTS/, statement);
    }
  });

  it('all go to the cluster and use the engine where these are set', () => {
    const engine = { name: 'ReplicatedMergeTree', params: "'/t/{uuid}', '{replica}'" };
    const statements = createStatements({ ...options, cluster: 'main', engine });
    for (const statement of statements) {
      assert.match(statement, / ON CLUSTER `main`/, statement);
      if (statement.startsWith('CREATE TABLE')) {
        const pattern =
          /ENGINE = Replicated(Aggregating)?MergeTree\('\/t\/\{uuid\}', '\{replica\}'\)/;
        assert.match(statement, pattern);
      }
    }
  });

  it('keep rows for the ttl only where one is set', () => {
    const ttls = (ttlMs: number): number =>
      createStatements({ ...options, ttlMs }).filter((text) =>
        text.includes(' + toIntervalSecond(90)'),
      ).length;
    assert.equal(ttls(0), 0);
    assert.equal(ttls(89_500), 8, 'seven tables and the index of traces');
  });

  it('name the index of traces after their table', () => {
    const text = createStatements(options).join('\n');
    assert.match(
      text,
      /MATERIALIZED VIEW IF NOT EXISTS `otel`\.`spans_trace_id_ts_mv` TO `otel`\.`spans_trace_id_ts`/,
    );
  });

  it('spread rows over the shards behind the plain names, a trace on one of them', () => {
    const statements = createStatements({ ...options, cluster: 'main', isDistributed: true });
    const text = statements.join('\n');
    assert.match(text, /CREATE TABLE IF NOT EXISTS `otel`\.`spans_local` ON CLUSTER `main`/);
    assert.match(
      text,
      /`otel`\.`spans` ON CLUSTER `main` AS `otel`\.`spans_local`\nENGINE = Distributed\('main', 'otel', 'spans_local', cityHash64\(TraceId\)\)/,
    );
    const views = statements.filter((statement) => statement.includes('MATERIALIZED VIEW'));
    assert.equal(views.length, 2);
    for (const view of views) assert.match(view, /FROM `otel`\.`spans_local`/);
  });
});
