import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { byteSizeOr } from '../pipeline/config/byte-size.ts';
import { durationOr } from '../pipeline/config/duration.ts';
import { toInputSchema } from '../pipeline/config/schema-walk.ts';
import { secret } from '../pipeline/config/secret.ts';
import { formatMetricTable } from './metric-table.ts';
import { formatOptionTable } from './option-table.ts';

function rowsOf(schema: z.ZodType): string[] {
  return formatOptionTable(toInputSchema(schema)).split('\n').slice(2);
}

describe('an option table', () => {
  it('tells a key whose form is told elsewhere in one row', () => {
    const price = z.union([z.number(), z.strictObject({ base: z.number() })]);
    const schema = z.strictObject({
      input: price.optional().meta({ description: 'Input.', inline: true }),
    });
    assert.deepEqual(rowsOf(schema), ['| `input` | number or map |  | Input. |']);
  });

  it('has a row with type, default and description for every key at any depth', () => {
    const schema = z.strictObject({
      url: z.string().meta({ description: 'Where to | how.' }),
      wait: durationOr('5s').meta({ description: 'How long.' }),
      size: byteSizeOr('4MiB').meta({ description: 'How much.' }),
      key: secret('A key.').optional(),
      mode: z.enum(['a', 'b']).default('a').meta({ description: 'How.' }),
      tls: z
        .strictObject({ on: z.boolean().default(false).meta({ description: 'On.' }) })
        .prefault({}),
      rules: z.array(z.strictObject({ n: z.int().meta({ description: 'N.' }) })).default([]),
      tables: z.record(z.string(), z.strictObject({ name: z.string() })).optional(),
    });
    assert.deepEqual(rowsOf(schema), [
      '| `url` | string | required | Where to \\| how. |',
      '| `wait` | duration | `5s` | How long. |',
      '| `size` | size | `4MiB` | How much. |',
      '| `key` | secret |  | A key. |',
      '| `mode` | `a`, `b` | `a` | How. |',
      '| `tls` | map |  |  |',
      '| `tls.on` | bool | `false` | On. |',
      '| `rules` | list of maps | `[]` |  |',
      '| `rules[].n` | int | required | N. |',
      '| `tables` | map |  |  |',
      '| `tables.*.name` | string | required |  |',
    ]);
  });

  it('says so where there are no keys', () => {
    assert.equal(formatOptionTable(toInputSchema(z.strictObject({}))), 'It has no options.');
  });
});

describe('the list of metrics', () => {
  it('is sorted by name', () => {
    const table = formatMetricTable([
      { of: 'engine', declarations: { weir_b: { type: 'gauge', help: 'B.', labels: [] } } },
      { of: '`x`', declarations: { weir_a: { type: 'counter', help: 'A.', labels: ['reason'] } } },
    ]);
    assert.deepEqual(table.split('\n').slice(2), [
      '| `weir_a` | counter | `reason` | `x` | A. |',
      '| `weir_b` | gauge |  | engine | B. |',
    ]);
  });
});
