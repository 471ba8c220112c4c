import assert from 'node:assert/strict';
import { test } from 'node:test';

import fc from 'fast-check';

import { checkRequest } from '../../test/fuzz/check-request.ts';
import { generateRequest } from '../../test/fuzz/generate-request.ts';
import { textsOf } from '../../test/fuzz/model.ts';
import { createRandom } from '../../test/fuzz/random.ts';
import { decodeRequest } from '../../test/support/otlp-oracle.ts';
import { signals } from '../component/signal.ts';
import { createBatchReader } from './batch-reader.ts';
import { createKeys } from './create-keys.ts';

const reader = createBatchReader(createKeys());
const seeds = fc.integer({ min: 0, max: 0x7fffffff });

test('random edits through a batch equal the same edits on decoded objects', () => {
  fc.assert(
    fc.property(
      seeds,
      fc.constantFrom(...signals),
      fc.constantFrom(0, 0.05, 0.3),
      (seed, signal, chaos) => {
        const bytes = generateRequest(createRandom(seed), signal, chaos);
        const verdict = checkRequest(signal, bytes, seed + 1);
        // Known fields of other wire types may break the rest of a message, for both readers.
        assert.ok(verdict === 'accepted' || (chaos > 0 && verdict === 'refused'));
      },
    ),
    { numRuns: 300 },
  );
});

test('replacing random texts equals replacing them in decoded objects, keys and numbers included', () => {
  fc.assert(
    fc.property(
      seeds,
      fc.constantFrom(...signals),
      fc.string({ unit: 'grapheme' }),
      (seed, signal, value) => {
        const random = createRandom(seed);
        const bytes = generateRequest(random, signal, 0);
        const expected = decodeRequest(signal, bytes);
        const plain = textsOf(signal, expected);
        const batch = reader.open(signal, bytes);
        const texts = batch.texts();
        assert.equal(texts.count, plain.length);
        const replacement = value === '' ? 'x' : value;
        for (const text of texts) {
          const place = plain[text.index];
          assert.equal(text.value, place?.value);
          assert.equal(text.kind, place?.kind);
          if (random.chance(0.5)) continue;
          if (random.chance(0.2)) text.replace('the last call wins, not this');
          text.replace(replacement);
          place?.replace(replacement);
        }
        assert.deepEqual(decodeRequest(signal, batch.encode()), expected);
      },
    ),
    { numRuns: 300 },
  );
});
