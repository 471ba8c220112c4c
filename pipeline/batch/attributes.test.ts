import assert from 'node:assert/strict';
import { test } from 'node:test';

import { decodeRequest } from '../../test/support/otlp-oracle.ts';
import { cost, edited, keys, model, reader, span, text, traces } from './batch-under-test.ts';

test('a key that was set reads back before the batch is encoded, the newest value first', () => {
  const batch = reader.open('traces', traces(span(1, { attributes: [text(model.name, 'old')] })));
  for (const { attributes } of batch) {
    attributes.setString(model, 'new');
    attributes.setInt(cost, 5);
    attributes.setDouble(cost, 0.5);
    assert.equal(attributes.string(model), 'new');
    assert.equal(attributes.number(cost), 0.5);
    assert.equal(attributes.integer(cost), undefined);
    assert.equal(attributes.kind(cost), 'double');
    assert.deepEqual(
      Array.from(attributes, ({ name }) => name),
      [model.name, cost.name],
    );
    attributes.delete(cost);
    assert.equal(attributes.has(cost), false);
  }
});

test('a key that is set twice is written once, in the place it had', () => {
  const bytes = traces(span(1, { attributes: [text(model.name, 'a'), text('z', 'b')] }));
  const request = edited(bytes, ({ attributes }) => {
    attributes.setString(model, 'first');
    attributes.setString(model, 'second');
    attributes.setStrings(cost, ['x']);
    attributes.setBoolean(cost, true);
  });
  assert.deepEqual(
    request,
    decodeRequest(
      'traces',
      traces(
        span(1, {
          attributes: [
            text(model.name, 'second'),
            text('z', 'b'),
            { key: cost.name, value: { boolValue: true } },
          ],
        }),
      ),
    ),
  );
});

test('long values are read, set and replaced, whatever the size of their length', () => {
  for (const size of [127, 128, 16_383, 16_384, 2_097_152]) {
    const [old, fresh] = ['o'.repeat(size), 'é'.repeat(size)];
    const batch = reader.open('traces', traces(span(1, { attributes: [text(model.name, old)] })));
    for (const { attributes } of batch) {
      assert.equal(attributes.string(model), old);
      attributes.setString(cost, fresh);
      assert.equal(attributes.string(cost), fresh);
    }
    for (const found of batch.texts()) if (found.value === old) found.replace(fresh);
    const attributes = [text(model.name, fresh), text(cost.name, fresh)];
    assert.deepEqual(batch.encode(), traces(span(1, { attributes })));
  }
});

test('attributes that were added one after the other are replaced and deleted each for itself', () => {
  const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((name) => keys.key(name));
  assert.ok(a !== undefined && b !== undefined && c !== undefined && d !== undefined);
  const batch = reader.open('traces', traces(span(1), span(2)));
  for (const { attributes } of batch) {
    for (const key of [a, b, c]) attributes.setString(key, `first ${key.name}`);
    attributes.setString(b, 'longer than the first');
    attributes.setString(a, '');
    attributes.delete(b);
    attributes.setString(d, 'added later');
    attributes.setString(c, 'c');
    attributes.setString(b, 'added again');
    assert.deepEqual(
      [a, b, c, d].map((key) => attributes.string(key)),
      ['', 'added again', 'c', 'added later'],
    );
  }
  const attributes = [
    text('a', ''),
    text('c', 'c'),
    text('d', 'added later'),
    text('b', 'added again'),
  ];
  assert.deepEqual(batch.encode(), traces(span(1, { attributes }), span(2, { attributes })));
});

test('an attribute tells its key where somebody asked for its name, if only just now', () => {
  const attributes = [text(model.name, 'a'), text('nobody.asks', 'b'), text('asked.late', 'c')];
  const batch = reader.open('traces', traces(span(1, { attributes })));
  const late = keys.key('asked.late');
  for (const item of batch) {
    item.attributes.setInt(cost, 1);
    assert.deepEqual(
      Array.from(item.attributes, ({ key }) => key),
      [model, undefined, late, cost],
    );
  }
});

test('of a key that occurs twice the first counts, and deleting it deletes both', () => {
  const bytes = traces(
    span(1, {
      attributes: [text('gen_ai.request.model', 'first'), text('gen_ai.request.model', 'second')],
    }),
  );
  const request = edited(bytes, ({ attributes }) => {
    assert.equal(attributes.string(model), 'first');
    attributes.delete(model);
    assert.equal(attributes.string(model), undefined);
  });
  assert.deepEqual(request, decodeRequest('traces', traces(span(1))));
});

test('values of every kind are read as what they are, and as nothing else', () => {
  const attributes = [
    { key: 'int', value: { intValue: '-9223372036854775808' } },
    {
      key: 'map',
      value: { kvlistValue: { values: [{ key: 'a', value: { arrayValue: { values: [{}] } } }] } },
    },
    { key: 'bytes', value: { bytesValue: Buffer.from([1, 2]) } },
    { key: 'empty', value: {} },
    {
      key: 'mixed',
      value: { arrayValue: { values: [{ stringValue: 'a' }, { boolValue: true }] } },
    },
  ];
  for (const item of reader.open('traces', traces(span(1, { attributes })))) {
    const key = (name: string): ReturnType<typeof keys.key> => keys.key(name);
    assert.equal(item.attributes.integer(key('int')), -(2n ** 63n));
    assert.equal(item.attributes.number(key('int')), -(2 ** 63));
    assert.equal(item.attributes.string(key('int')), undefined);
    assert.deepEqual(item.attributes.value(key('map')), new Map([['a', [undefined]]]));
    assert.deepEqual(item.attributes.value(key('bytes')), Uint8Array.of(1, 2));
    assert.equal(item.attributes.kind(key('empty')), 'empty');
    assert.equal(item.attributes.value(key('empty')), undefined);
    assert.equal(item.attributes.has(key('empty')), true);
    assert.equal(item.attributes.strings(key('mixed')), undefined);
    assert.equal(item.attributes.kind(key('absent')), undefined);
  }
});

test('attributes are listed by prefix, pending ones last, and deleted while they are listed', () => {
  const bytes = traces(
    span(1, { attributes: [text('llm.a', '1'), text('other', '2'), text('llm.b', '3')] }),
  );
  const request = edited(bytes, ({ attributes }) => {
    attributes.setString(keys.key('llm.c'), '4');
    const seen: (string | undefined)[] = [];
    for (const attribute of attributes.withPrefix(keys.key('llm.'))) {
      seen.push(attribute.name, attribute.string());
      if (attribute.name === 'llm.a') attribute.delete();
    }
    assert.deepEqual(seen, ['llm.a', '1', 'llm.b', '3', 'llm.c', '4']);
  });
  const attributes = [text('other', '2'), text('llm.b', '3'), text('llm.c', '4')];
  assert.deepEqual(request, decodeRequest('traces', traces(span(1, { attributes }))));
});

test('numbers that are no 64-bit integers are not set', () => {
  for (const { attributes } of reader.open('traces', traces(span(1)))) {
    assert.throws(() => {
      attributes.setInt(cost, 2 ** 53);
    }, RangeError);
    assert.throws(() => {
      attributes.setInt(cost, 0.5);
    }, RangeError);
    assert.throws(() => {
      attributes.setInt(cost, 2n ** 63n);
    }, RangeError);
    assert.equal(attributes.has(cost), false);
  }
});

test('a key that was interned after the walk is found all the same', () => {
  const batch = reader.open('traces', traces(span(1, { attributes: [text('late', 'x')] })));
  for (const { attributes } of batch) assert.equal(attributes.string(keys.key('late')), 'x');
});
