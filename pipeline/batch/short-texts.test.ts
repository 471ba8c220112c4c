import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ShortTexts } from './short-texts.ts';
import type { Source } from './value.ts';

function sourceOf(text: string, before: number): Source {
  const bytes = new Uint8Array(Buffer.from(`${'-'.repeat(before)}${text}`));
  return { bytes, view: new DataView(bytes.buffer), buffer: Buffer.from(bytes.buffer) };
}

test('texts come out as they went in, however alike the ones before them were', () => {
  const texts = new ShortTexts();
  // Few letters make many texts of one length that differ in one place, and many that are told twice.
  const alike = fc.string({ unit: fc.constantFrom('a', 'b', 'é', '𝄞'), maxLength: 36 });
  fc.assert(
    fc.property(alike, fc.nat({ max: 5 }), (text, before) => {
      const source = sourceOf(text, before);
      assert.equal(texts.decode(source, before, source.bytes.length), text);
    }),
    { numRuns: 5000 },
  );
});
