import assert from 'node:assert/strict';
import { test } from 'node:test';

import { encodeRequest, type Plain } from '../../test/support/otlp-oracle.ts';
import { createBatchReader } from './batch-reader.ts';
import { createKeys } from './create-keys.ts';
import { KnownAttributes } from './known-attributes.ts';

const reader = createBatchReader(createKeys());

const text = (key: string, value: string): Plain => ({ key, value: { stringValue: value } });
const request = (...attributes: Plain[]): Uint8Array =>
  encodeRequest('logs', { resourceLogs: [{ scopeLogs: [{ logRecords: [{ attributes }] }] }] });

/** What is shown of a request, of which the texts that hold `not` stay unknown. */
function shown(known: KnownAttributes, bytes: Uint8Array, not = '!'): string[] {
  const texts = reader.open('logs', bytes).texts(known);
  const values = Array.from(texts, ({ value }) => value);
  const except = values.flatMap((value, index) => (value.includes(not) ? [index] : []));
  texts.makeKnown(known, new Set(except));
  return values;
}

test('an attribute is left out once it was seen twice, with its key, and no other one is', () => {
  const known = new KnownAttributes();
  const list = { key: 'list', value: { arrayValue: { values: [{ stringValue: 'stop' }] } } };
  const bytes = request(text('model', 'gpt-4o'), list, text('id', '1'));
  const all = ['model', 'gpt-4o', 'list', 'stop', 'id', '1'];
  assert.deepEqual(shown(known, bytes), all);
  assert.deepEqual(shown(known, bytes), all);
  assert.deepEqual(shown(known, bytes), []);
  const others = request(text('model', 'gpt-4i'), text('mode', 'lgpt-4o'), text('id', '2'));
  const different = ['model', 'gpt-4i', 'mode', 'lgpt-4o', 'id', '2'];
  assert.deepEqual(shown(known, others), different);
});

test('an attribute one of whose texts is excepted never becomes known, whichever of them it is', () => {
  const known = new KnownAttributes();
  const bytes = request(text('a!', 'value'), text('b', 'value!'), text('c', 'value'));
  for (let round = 0; round < 3; round++) shown(known, bytes);
  assert.deepEqual(shown(known, bytes), ['a!', 'value', 'b', 'value!']);
});

test('long attributes, and texts that are in none, are shown every time', () => {
  const known = new KnownAttributes();
  const body = { stringValue: 'in the body' };
  const attributes = [text('long', 'x'.repeat(60))];
  const bytes = encodeRequest('logs', {
    resourceLogs: [{ scopeLogs: [{ logRecords: [{ body, attributes }] }] }],
  });
  for (let round = 0; round < 4; round++) assert.equal(shown(known, bytes).length, 3);
});

test('of more attributes than there is room for each is shown or known, never mistaken for another', () => {
  const known = new KnownAttributes();
  const numbered = (from: number): Uint8Array =>
    request(...Array.from({ length: 5000 }, (_, index) => text('n', `${from + index}`)));
  for (let round = 0; round < 3; round++) shown(known, numbered(0));
  assert.ok(shown(known, numbered(0)).length < 10_000);
  assert.equal(shown(known, numbered(5000)).length, 10_000);
});
