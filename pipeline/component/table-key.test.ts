import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { TableKey } from './table-key.ts';

const nameOf = ({ low, high }: TableKey): string => `${low} ${high}`;

test('a text and its UTF-8 make the same key, and hardly any two texts do', () => {
  const seen = new Map<string, string>();
  const text = fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 200 }),
    fc.stringMatching(/^msg_[01]{6,10}$/),
  );
  fc.assert(
    fc.property(text, fc.nat({ max: 3 }), (value, before) => {
      const name = nameOf(new TableKey().clear().text(value));
      const bytes = Buffer.from('.'.repeat(before) + value);
      assert.equal(nameOf(new TableKey().clear().bytes(bytes, before, bytes.length)), name);
      const known = seen.get(name) ?? value;
      assert.deepEqual(Buffer.from(known), Buffer.from(value));
      seen.set(name, value);
    }),
    { numRuns: 5000 },
  );
});

test('other parts, and the same in another order, make other keys', () => {
  const key = new TableKey();
  const made = [
    nameOf(key.clear()),
    nameOf(key.clear().count(1).count(2)),
    nameOf(key.clear().count(2).count(1)),
    nameOf(
      key
        .clear()
        .count(2 ** 32)
        .count(1),
    ),
    nameOf(key.clear().text('1').count(2)),
    nameOf(key.clear().text('\u00001')),
    nameOf(key.clear().text('1\u0000')),
    nameOf(key.clear().text('')),
  ];
  assert.equal(new Set(made).size, made.length);
});
