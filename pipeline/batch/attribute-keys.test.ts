import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeJson } from '../otlp/decode-json.ts';
import { createBatchReader } from './batch-reader.ts';
import { createKeys } from './create-keys.ts';
import { noShape } from './name-sequences.ts';

function request(attributes: readonly object[]): Uint8Array {
  const spans = [{ traceId: 'ab'.repeat(16), spanId: 'cd'.repeat(8), attributes }];
  const body = { resourceSpans: [{ scopeSpans: [{ spans }] }] };
  return decodeJson('traces', Buffer.from(JSON.stringify(body)));
}

test('the interned keys of a list are told in its order, of more attributes than there was room for', () => {
  const keys = createKeys();
  const reader = createBatchReader(keys);
  const names = Array.from({ length: 200 }, (_, index) => `key ${index}`);
  for (const name of names) if (name !== 'key 7') keys.key(name);
  const list = names.map((key) => ({ key, value: { intValue: '1' } }));
  for (const { attributes } of reader.open('traces', request(list))) {
    attributes.delete(keys.key('key 3'));
    attributes.setInt(keys.key('added'), 1);
    const seen = attributes.keys();
    const told = Array.from({ length: seen.count }, (_, i) => attributes.at(seen.indexes[i] ?? -1));
    assert.equal(told.length, 199);
    assert.equal(seen.others, 1);
    const found = Array.from(seen.indexes.subarray(0, seen.count), (i) => attributes.at(i).name);
    const expected = names.filter((name) => name !== 'key 3' && name !== 'key 7');
    assert.deepEqual(found, [...expected, 'added']);
    assert.deepEqual(
      Array.from(seen.ids.subarray(0, seen.count), (id) => id),
      [...expected, 'added'].map((name) => keys.key(name).id),
    );
  }
});

test('lists of the same keys in the same order have one shape, until one is edited', () => {
  const keys = createKeys();
  const reader = createBatchReader(keys);
  const added = keys.key('added');
  const toList = (names: readonly string[]) =>
    names.map((key) => ({ key: keys.key(key).name, value: { stringValue: key } }));
  const shapeOf = (names: readonly string[], isEdited = false): number => {
    for (const { attributes } of reader.open('traces', request(toList(names)))) {
      if (isEdited) attributes.setInt(added, 1);
      return attributes.keys().shape;
    }
    return noShape;
  };
  const shape = shapeOf(['a', 'b']);
  assert.notEqual(shape, noShape);
  assert.equal(shapeOf(['a', 'b']), shape);
  const others = [shapeOf(['b', 'a']), shapeOf(['a']), shapeOf(['a', 'b'], true)];
  assert.ok(!others.includes(shape));
  assert.equal(shapeOf(['a', 'b'], true), others[2]);
});

test('an attribute that is deleted by its index is not found again, and a second one of its key is', () => {
  const keys = createKeys();
  const [once, twice, other] = ['once', 'twice', 'other'].map((name) => keys.key(name));
  if (once === undefined || twice === undefined || other === undefined) throw new Error('no key');
  const names = ['once', 'twice', 'nobody asked for', 'twice', 'other'];
  const list = names.map((key, i) => ({ key, value: { intValue: String(i) } }));
  const batch = createBatchReader(keys).open('traces', request(list));
  for (const { attributes } of batch) {
    const indexes = Array.from(attributes, ({ index }) => index);
    assert.equal(attributes.number(twice), 1);
    for (const place of [0, 1, 2]) attributes.deleteAt(indexes[place] ?? -1);
    assert.equal(attributes.has(once), false);
    assert.equal(attributes.number(twice), 3);
    assert.equal(attributes.number(other), 4);
    assert.equal(attributes.keys().count, 2);
  }
  for (const { attributes } of createBatchReader(keys).open('traces', batch.encode())) {
    assert.deepEqual(
      Array.from(attributes, ({ name }) => name),
      ['twice', 'other'],
    );
  }
});

test('a value of any kind is copied under another key, from the request and from what was set', () => {
  const keys = createKeys();
  const reader = createBatchReader(keys);
  const from = ['text', 'int', 'double', 'list', 'set'].map((name) => keys.key(name));
  const to = from.map(({ name }) => keys.key(`copy of ${name}`));
  const text = 'é'.repeat(60);
  const list = [
    { key: 'text', value: { stringValue: text } },
    { key: 'int', value: { intValue: '-5' } },
    { key: 'double', value: { doubleValue: 0.1 } },
    { key: 'list', value: { arrayValue: { values: [{ stringValue: 'a' }, { intValue: '2' }] } } },
    { key: 'copy of int', value: { stringValue: 'gives way' } },
  ];
  const batch = reader.open('traces', request(list));
  for (const { attributes } of batch) {
    attributes.setStrings(keys.key('set'), ['x', text]);
    for (const [i, key] of to.entries()) {
      const source = from[i];
      const index = source === undefined ? undefined : attributes.find(source)?.index;
      attributes.copy(key, index ?? -1);
    }
    assert.equal(attributes.find(keys.key('none')), undefined);
  }
  for (const { attributes } of reader.open('traces', batch.encode())) {
    const values = to.map((key) => attributes.value(key));
    assert.deepEqual(values, [text, -5n, 0.1, ['a', 2n], ['x', text]]);
  }
});
