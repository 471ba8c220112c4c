import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parse } from 'yaml';
import { encodeJson } from '../../pipeline/otlp/encode-json.ts';
import type { Json } from '../../test/support/redacted-span.ts';
import { attribute, toRequest } from '../../test/support/redacted-span.ts';
import { createRedactionRun } from './run-redaction.ts';

const attributes = [
  attribute('keep', 'jane@example.org'),
  attribute('other', 'nobody'),
  { key: 'secret.map', value: { kvlistValue: { values: [attribute('pin', 'words')] } } },
];
const exemplars = [{ asDouble: 1, filteredAttributes: attributes }];

/** A metric of each kind, all with the same attributes on a data point and, where they have such, on an exemplar. */
const kinds: Readonly<Record<string, Json>> = {
  gauge: { dataPoints: [{ asInt: '1', attributes, exemplars }] },
  sum: { dataPoints: [{ asDouble: 1, exemplars, attributes }, { attributes }] },
  histogram: { dataPoints: [{ count: '1', attributes, exemplars }] },
  exponentialHistogram: { dataPoints: [{ count: '1', attributes, exemplars }] },
  summary: { dataPoints: [{ count: '1', attributes, quantileValues: [{ value: 1 }] }] },
};

/** A request of metrics of these kinds. */
function metricsOf(names: readonly string[]): Uint8Array {
  const metrics = names.map((kind) => ({ name: kind, [kind]: kinds[kind] ?? null }));
  return toRequest('metrics', { resourceMetrics: [{ scopeMetrics: [{ metrics }] }] });
}

/** All lists of attributes in a request, as keys with values. */
function listsIn(request: Uint8Array): unknown[] {
  const lists: unknown[] = [];
  JSON.parse(encodeJson('metrics', request), (name, value: unknown) => {
    if (name === 'attributes' || name === 'filteredAttributes') lists.push(value);
    return value;
  });
  return lists;
}

describe('redaction of metrics', () => {
  for (const kind of Object.keys(kinds)) {
    it(`follows the rules for keys on data points and exemplars of a ${kind}`, () => {
      const config = parse(`
        allowed_keys: [keep, secret.map]
        blocked_key_patterns: ['^secret']`) as unknown;
      const { run, counts } = createRedactionRun('metrics', config);
      const request = metricsOf([kind]);
      const once = run(request);
      const lists = listsIn(once);
      const removed = listsIn(request).length;
      assert.ok(removed > 0);
      const expected = [attribute('keep', '[EMAIL]'), attribute('secret.map', '****')];
      assert.deepEqual(lists, Array(removed).fill(expected));
      assert.equal(counts.get('weir_redaction_attributes_removed_total'), removed);
      assert.deepEqual(Buffer.from(run(once)), Buffer.from(once));
    });

    it(`takes attributes of a ${kind} away for the action drop`, () => {
      const { run } = createRedactionRun('metrics', parse('entities: { email: drop }'));
      for (const list of listsIn(run(metricsOf([kind])))) {
        assert.deepEqual(list, attributes.slice(1));
      }
    });
  }

  it('keeps metrics of all kinds in one request apart', () => {
    const names = Object.keys(kinds);
    const config = { allowed_keys: ['keep'] };
    const { run } = createRedactionRun('metrics', config);
    const each = names.map((kind) => encodeJson('metrics', run(metricsOf([kind]))));
    const metricIn = (json: string): unknown =>
      /"metrics":\[(.*)\]\}\]\}\]\}$/.exec(json)?.[1] ?? assert.fail(json);
    const together = metricIn(encodeJson('metrics', run(metricsOf(names))));
    assert.equal(together, each.map(metricIn).join(','));
  });

  it('adds no attribute, which would change the series', () => {
    const json = encodeJson('metrics', createRedactionRun('metrics').run(metricsOf(['sum'])));
    assert.match(json, /\[EMAIL\]/);
    assert.doesNotMatch(json, /jane|redaction\./);
  });
});
