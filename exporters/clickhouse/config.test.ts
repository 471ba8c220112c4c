import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parse } from 'yaml';
import { createExporter } from './exporter-under-test.ts';
import { clickhouseExporter } from './factory.ts';

describe('the config of the clickhouse exporter', () => {
  const check = (yaml: string): string[] => {
    const { error } = clickhouseExporter.schema.safeParse(parse(yaml) ?? {});
    return (error?.issues ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`);
  };

  it('takes an empty block: the embedded store', () => {
    assert.deepEqual(check(''), []);
  });

  it('says how to mend an endpoint of the native protocol', () => {
    assert.match(check('endpoint: tcp://127.0.0.1:9000').join(), /^endpoint: .*http:\/\/host:8123/);
  });

  it('takes only plain names of tables, since they become SQL', () => {
    assert.match(check('traces_table_name: "a; DROP TABLE b"').join(), /^traces_table_name: /);
    assert.match(
      check('metrics_tables: { gauge: { name: "a`b" } }').join(),
      /^metrics_tables\.gauge\.name: /,
    );
  });

  it('gathers rows for a second where the YAML does not say otherwise', () => {
    const { batch } = clickhouseExporter.delivery({});
    assert.deepEqual([batch.minItems, batch.flushMs], [8192, 1000]);
    const own = clickhouseExporter.delivery({ sending_queue: { batch: { min_size: 5 } } }).batch;
    assert.deepEqual([own.minItems, own.flushMs], [5, 200]);
  });

  it('needs the embedded store where it has no endpoint', async () => {
    const exporter = createExporter('');
    await assert.rejects(
      async () => exporter.start?.(),
      /set endpoint, or add "chdb:" to extensions/,
    );
  });
});
