import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { findUsage } from './find-usage.ts';

test("an answer's own usage is found wherever it stands, and that of nothing in it", () => {
  const own = '{"input_tokens":5,"details":{"a":[{"b":"}\\"{"}]}}';
  for (const answer of [
    `{"id":"x","usage":${own}}`,
    `{"usage": ${own}, "choices": [{"message": {"content": "[{"}}]}\n`,
    `{"a":{"usage":{"input_tokens":1}},"b":[{"usage":{}}],"usage_metadata" : ${own},"model":"m"}`,
    `{"content":"\\"usage\\":{\\"input_tokens\\":9}","usageMetadata":${own}}`,
  ]) {
    assert.equal(findUsage(answer), own, answer);
  }
  for (const answer of [
    '',
    '{"id":"x"}',
    '{"usage":null}',
    '{"usage":{"input_tokens":5',
    '{"usage":{"input_tokens":5}',
    '{"response":{"usage":{"input_tokens":5}}}',
    '[{"usage":{"input_tokens":5}}]',
    '{"usage":{"input_tokens":5}} and more',
  ]) {
    assert.equal(findUsage(answer), undefined, answer);
  }
});

test('of any JSON it finds what parsing finds', () => {
  const names = fc.constantFrom('usage', 'a', '"usage":{', '}', 'usage_metadata');
  const json = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.constantFrom<unknown>(1, null, '"usage":{}', '\\', '}{]['),
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(names, tie('value'), { maxKeys: 3, noNullPrototype: true }),
    ),
  }));
  const usages = fc.dictionary(names, json.value, { maxKeys: 3, noNullPrototype: true });
  fc.assert(
    fc.property(usages, json.value, json.value, fc.boolean(), (usage, before, after, isSpaced) => {
      const text = JSON.stringify({ before, usage, after }, null, isSpaced ? 1 : 0);
      const found = findUsage(text);
      // Among many others of that name it is not looked for to the end.
      if (found === undefined) assert.ok(text.split('"usage').length > 8);
      else assert.deepEqual(JSON.parse(found), usage);
    }),
    { numRuns: 500 },
  );
});

test('an answer that holds usages without end is not searched to the end', () => {
  const many = `{"a":{${Array.from({ length: 20_000 }, (_, i) => `"${i}":0,"usage":{}`).join()}}}`;
  assert.equal(findUsage(many), undefined);
});
