import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parse } from 'yaml';
import { attribute, firstSpan, spanRequest, toRequest } from '../../test/support/redacted-span.ts';
import { encodeJson } from '../../pipeline/otlp/encode-json.ts';
import { createRedactionRun } from './run-redaction.ts';

const rules = `
  allowed_keys: [kept, twice, ours, dropped, safe]
  ignored_keys: [safe]
  ignored_key_patterns: ['^also_']
  allowed_values: ['@mycompany\\.com$']
  entities: { card: drop }`;

const attributes = [
  attribute('kept', 'nothing here'),
  attribute('twice', 'a@example.org and b@example.org'),
  attribute('ours', 'bob@mycompany.com'),
  attribute('dropped', '4111 1111 1111 1111'),
  attribute('safe', 'jane@example.org'),
  attribute('also_safe', 'jane@example.org'),
  attribute('other', 'x'),
  attribute('joe@example.org', 'x'),
];

function summaryOf(
  summary: string,
  run = createRedactionRun('traces', parse(`${rules}\n  summary: ${summary}`)),
): Map<string, unknown> {
  const request = spanRequest({ attributes }, [
    attribute('host', '9.9.9.9'),
    attribute('safe', 'y'),
  ]);
  const redacted = run.run(request);
  const span = firstSpan(redacted);
  assert.deepEqual(firstSpan(run.run(redacted)), span, 'redacting twice changes nothing');
  const all = [...span.attributes].filter(([key]) => key.startsWith('redaction.'));
  const resource = [...span.resource].filter(([key]) => key.startsWith('redaction.'));
  return new Map([...all, ...resource.map(([key, value]) => [`resource ${key}`, value] as const)]);
}

describe('the summary of what was done', () => {
  const counts = [
    ['redaction.redacted.count', '3'],
    ['redaction.masked.count', '1'],
    ['redaction.allowed.count', '1'],
    ['redaction.ignored.count', '2'],
    ['redaction.email.count', '2'],
    ['redaction.card.count', '1'],
    ['resource redaction.redacted.count', '1'],
    ['resource redaction.ignored.count', '1'],
  ] as const;
  const names = [
    ['redaction.redacted.keys', '[EMAIL],dropped,other'],
    ['redaction.masked.keys', 'twice'],
    ['redaction.allowed.keys', 'ours'],
    ['resource redaction.redacted.keys', 'host'],
  ] as const;

  it('names and counts attributes as the Collector does, without what is personal in their keys', () => {
    assert.deepEqual(
      sorted(summaryOf('debug')),
      sorted(new Map<string, unknown>([...counts, ...names])),
    );
  });

  it('counts only with info, and says nothing with silent or none', () => {
    assert.deepEqual(sorted(summaryOf('info')), sorted(new Map<string, unknown>(counts)));
    assert.deepEqual(summaryOf('silent').size, 0);
    assert.deepEqual(summaryOf("''").size, 0);
  });

  it('adds to what a redaction before has counted', () => {
    const first = createRedactionRun('traces', { preset: 'pci' });
    const second = createRedactionRun('traces', { preset: 'none', entities: { email: 'redact' } });
    const request = spanRequest({
      attributes: [attribute('a', 'card 4111 1111 1111 1111'), attribute('b', 'jane@example.org')],
    });
    const span = firstSpan(second.run(first.run(request)));
    assert.equal(span.attributes.get('redaction.masked.count'), '2');
    assert.equal(span.attributes.get('redaction.masked.keys'), 'a,b');
  });

  it('does not believe what a sender wrote there', () => {
    const { run } = createRedactionRun('traces');
    const forged = [
      attribute('redaction.masked.keys', 'jane@example.org'),
      { key: 'redaction.masked.count', value: { intValue: '-5' } },
      attribute('a', 'joe@example.org'),
    ];
    const span = firstSpan(run(spanRequest({ attributes: forged })));
    assert.equal(span.attributes.get('redaction.masked.count'), '2');
    assert.doesNotMatch(span.json, /jane/);
  });

  it('keeps nothing of its names that it would not have written itself', () => {
    const config = parse(`
      allowed_keys: [kept]
      custom: [{ name: employee, pattern: 'emp-\\d{4}' }]
      summary: silent`) as unknown;
    const int = { intValue: '1' };
    const own = [
      { key: 'redaction.email.count', value: int },
      { key: 'redaction.employee.count', value: int },
      { key: 'redaction.masked.count', value: int },
      attribute('redaction.masked.keys', 'kept'),
    ];
    const others = [
      { key: 'redaction.prompt.count', value: int },
      attribute('redaction.card.count', 'the whole prompt'),
      { key: 'redaction.redacted.keys', value: { arrayValue: { values: [{ stringValue: 'x' }] } } },
      attribute('redaction.ignored.keys', 'the whole prompt'),
    ];
    const { run } = createRedactionRun('traces', config);
    const span = firstSpan(run(spanRequest({ attributes: [...own, ...others] })));
    assert.deepEqual(
      [...span.attributes.keys()],
      own.map((one) => (one as { key: string }).key),
    );
  });

  it('names the place of what stands in no attribute, and texts that could not be scanned', () => {
    const { run } = createRedactionRun('traces', { max_text_size: 50 });
    const span = firstSpan(
      run(
        spanRequest({
          name: 'GET /u/jane@example.org',
          status: { message: 'no jane@example.org' },
          attributes: [attribute('long', 'x'.repeat(60))],
        }),
      ),
    );
    assert.equal(span.attributes.get('redaction.masked.keys'), 'long,name,status_message');
    assert.equal(span.attributes.get('redaction.masked.count'), '3');
  });

  it('stands on log records too, and on no metric', () => {
    const record = { body: { stringValue: 'jane@example.org' }, attributes };
    const logs = toRequest('logs', { resourceLogs: [{ scopeLogs: [{ logRecords: [record] }] }] });
    const json = encodeJson('logs', createRedactionRun('logs', parse(rules)).run(logs));
    assert.match(json, /"redaction.masked.keys","value":\{"stringValue":"body,twice"/);
    const point = { asInt: '1', attributes };
    const metrics = toRequest('metrics', {
      resourceMetrics: [
        { scopeMetrics: [{ metrics: [{ name: 'm', sum: { dataPoints: [point] } }] }] },
      ],
    });
    const run = createRedactionRun('metrics', parse(rules));
    assert.doesNotMatch(encodeJson('metrics', run.run(metrics)), /redaction\./);
  });
});

function sorted(map: ReadonlyMap<string, unknown>): [string, unknown][] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : 1));
}
