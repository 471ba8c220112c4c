import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { EntryTable } from './entry-table.ts';

test('what was put in is found by its two words, the last one put there, batch after batch', () => {
  const table = new EntryTable<number>();
  const word = fc.oneof(fc.constantFrom(0, 1, 2, -1), fc.integer());
  fc.assert(
    fc.property(fc.array(fc.tuple(word, word), { maxLength: 200 }), (pairs) => {
      table.clear(pairs.length);
      const model = new Map<string, number>();
      for (const [place, [low, high]] of pairs.entries()) {
        assert.equal(table.get(low, high), model.get(`${low} ${high}`));
        table.set(low, high, place);
        model.set(`${low} ${high}`, place);
      }
      for (const [low, high] of pairs) {
        assert.equal(table.get(low, high), model.get(`${low} ${high}`));
      }
    }),
  );
});
