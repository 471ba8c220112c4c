import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decodeJson } from '../otlp/decode-json.ts';
import type { Attributes } from './batch.ts';
import { createBatchReader } from './batch-reader.ts';
import { createKeys } from './create-keys.ts';
import { JsonText } from './json-text.ts';
import { NamePatterns } from './name-patterns.ts';

const templates = [
  'prompt.#.role',
  'prompt.#.calls.#.id',
  'prompt.#.calls.#.name',
  'prompt.*',
  'promptly',
];
const patterns = new NamePatterns(templates);

function matched(name: string): readonly number[] {
  const bytes = Buffer.from(name);
  const place = patterns.match(bytes, 0, bytes.length);
  return [place, ...patterns.numbers.subarray(0, (name.match(/\.\d+/g) ?? []).length)];
}

test('a name is told by its pattern and its numbers', () => {
  assert.deepEqual(matched('prompt.0.role'), [0, 0]);
  assert.deepEqual(matched('prompt.12.calls.345.name'), [2, 12, 345]);
  assert.deepEqual(matched('promptly'), [4]);
});

test('what only begins like a pattern fits its rest, or nothing', () => {
  assert.equal(matched('prompt.0.roles')[0], 3);
  assert.equal(matched('prompt.x.role')[0], 3);
  assert.equal(matched('prompt.')[0], 3);
  assert.equal(matched('prompt')[0], -1);
  assert.equal(matched('prompt.12345.role')[0], 3);
  assert.equal(matched('Prompt.0.role')[0], -1);
  assert.equal(matched('prömpt.0.role')[0], -1);
  assert.equal(matched('')[0], -1);
});

test('no name makes the matcher throw or fit a pattern that it does not', () => {
  const names = fc.array(
    fc.constantFrom('prompt', '.', '0', '77', 'calls', 'id', 'role', '\0', 'é'),
  );
  fc.assert(
    fc.property(names, (parts) => {
      const name = parts.join('');
      const expected = /^prompt\.\d{1,4}\.role$/.test(name)
        ? 0
        : /^prompt\.\d{1,4}\.calls\.\d{1,4}\.id$/.test(name)
          ? 1
          : name.startsWith('prompt.')
            ? 3
            : -1;
      assert.equal(matched(name)[0], expected);
    }),
  );
});

test('texts become JSON strings byte for byte', () => {
  const pieces = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: 'grapheme-ascii', maxLength: 40 }),
    fc.constantFrom('\n', '"', '\\', '\u001f', '\u0000', '\u007f', 'é'),
  );
  const json = new JsonText();
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 8 }), fc.nat({ max: 3 }), (drawn, before) => {
      const text = drawn.join('');
      const bytes = new Uint8Array(Buffer.from('"'.repeat(before) + text));
      json.clear();
      json.text(new DataView(bytes.buffer), before, bytes.length);
      const written = Buffer.from(json.bytes.subarray(0, json.used)).toString();
      assert.equal(written, JSON.stringify(Buffer.from(text).toString()));
    }),
  );
});

/** Opens a request of one span with these string attributes. */
function open(attributes: Readonly<Record<string, string>>, keys = createKeys()) {
  const list = Object.entries(attributes).map(([key, value]) => ({
    key,
    value: { stringValue: value },
  }));
  const spans = [{ traceId: 'ab'.repeat(16), spanId: 'cd'.repeat(8), attributes: list }];
  const request = { resourceSpans: [{ scopeSpans: [{ spans }] }] };
  const reader = createBatchReader(keys);
  const encode = (edit: (attributes: Attributes) => void): string[] => {
    const batch = reader.open('traces', decodeJson('traces', Buffer.from(JSON.stringify(request))));
    for (const span of batch) edit(span.attributes);
    const names: string[] = [];
    for (const span of reader.open('traces', batch.encode())) {
      for (const { name } of span.attributes) names.push(name);
    }
    return names;
  };
  return { encode };
}

test('attributes are visited by pattern, put together as JSON, and dropped', () => {
  const keys = createKeys();
  const messages = keys.key('messages');
  const known = keys.key('prompt.1.role');
  const other = keys.key('model');
  const { encode } = open(
    { model: 'm', 'prompt.0.role': 'user', 'prompt.1.role': 'a "b"\n', kept: 'x', 'prompt.9': '' },
    keys,
  );
  const names = encode((attributes) => {
    const seen: number[] = [];
    const json = new JsonText();
    attributes.forEachMatch(patterns, (pattern, attribute) => {
      seen.push(pattern, attribute);
      if (pattern === 0) attributes.at(attribute).copyJson(json);
    });
    assert.deepEqual(
      seen.filter((_, index) => index % 2 === 0),
      [0, 0, 3],
    );
    attributes.setJson(messages, json);
    assert.equal(attributes.string(messages), '"user""a \\"b\\"\\n"');
    for (let i = 1; i < seen.length; i += 2) attributes.at(seen[i] ?? 0).delete();
    assert.equal(attributes.has(known), false);
    assert.equal(attributes.string(other), 'm');
    attributes.forEachMatch(patterns, () => assert.fail('visited what was dropped'));
  });
  assert.deepEqual(names, ['model', 'kept', 'messages']);
});

test('attributes are told alike however often lists with their names came before', () => {
  const own = new NamePatterns(templates);
  const keys = createKeys();
  keys.key('prompt.1.role');
  keys.key('model');
  const name = fc.constantFrom(
    'prompt.0.role',
    'prompt.1.role',
    'prompt.12.calls.345.name',
    'prompt.12.calls.346.name',
    'promptly',
    'model',
    'pro',
    `prompt.${'x'.repeat(200)}`,
  );
  const lists = fc.uniqueArray(name, { maxLength: 5 });
  fc.assert(
    fc.property(lists, fc.nat({ max: 4 }), (list, dropped) => {
      const { encode } = open(Object.fromEntries(list.map((each) => [each, ''])), keys);
      encode((attributes) => {
        const indexes = Array.from(attributes, ({ index }) => index);
        const told: (readonly number[])[] = [];
        const visit = (pattern: number, attribute: number): void => {
          const numbers = (list[indexes.indexOf(attribute)]?.match(/\.\d+/g) ?? []).length;
          told.push([attribute, pattern, ...own.numbers.subarray(0, numbers)]);
        };
        attributes.forEachMatch(own, visit);
        const expected = list.map((each, i) => [indexes[i] ?? -1, ...matched(each)]);
        const fitting = expected.filter(([, pattern]) => pattern !== -1);
        assert.deepEqual(told, fitting);
        if (dropped >= list.length) return;
        attributes.deleteAt(indexes[dropped] ?? -1);
        told.length = 0;
        attributes.forEachMatch(own, visit);
        assert.deepEqual(
          told,
          fitting.filter(([attribute]) => attribute !== indexes[dropped]),
        );
      });
    }),
  );
});

test('neighbours that are dropped, and set again, leave what is set', () => {
  const keys = createKeys();
  const all = ['a', 'b', 'c', 'd'].map((name) => keys.key(name));
  const { encode } = open({ a: '1', b: '2', c: '3', d: '4' }, keys);
  const script = fc.array(fc.record({ key: fc.nat(3), isDrop: fc.boolean() }), { maxLength: 12 });
  fc.assert(
    fc.property(script, (steps) => {
      const expected = new Set(['a', 'b', 'c', 'd']);
      const names = encode((attributes) => {
        for (const { key, isDrop } of steps) {
          const at = all[key] ?? keys.key('a');
          if (isDrop) attributes.delete(at);
          else attributes.setString(at, 'new');
          if (isDrop) expected.delete(at.name);
          else expected.add(at.name);
          assert.equal(attributes.has(at), !isDrop);
        }
      });
      assert.deepEqual([...names].sort(), [...expected].sort());
    }),
  );
});
