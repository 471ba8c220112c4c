import assert from 'node:assert/strict';
import { test } from 'node:test';

import { checkItems, checkRequest, reader } from '../../test/fuzz/check-request.ts';
import { captures } from '../../test/fuzz/corpus.ts';
import { textsOf } from '../../test/fuzz/model.ts';
import { decodeRequest } from '../../test/support/otlp-oracle.ts';

for (const { name, signal, bytes } of captures) {
  test(`${name} comes back byte for byte when nothing is edited`, () => {
    const batch = reader.open(signal, bytes);
    assert.equal(batch.encode(), bytes);
    assert.equal(batch.size, bytes.length);
    assert.equal(batch.rejected.items, 0);
    batch.texts();
    assert.equal(batch.encode(), bytes);
  });

  test(`${name} reads as protobufjs reads it`, () => {
    checkItems(signal, reader.open(signal, bytes), decodeRequest(signal, bytes));
    assert.equal(checkRequest(signal, bytes, 1), 'accepted');
  });

  test(`${name} shows every text`, () => {
    const texts = Array.from(
      reader.open(signal, bytes).texts(),
      ({ value, kind }) => `${kind} ${value}`,
    );
    const expected = textsOf(signal, decodeRequest(signal, bytes));
    // SDKs write fields in an order of their own, so only what is there is compared.
    assert.deepEqual(texts.sort(), expected.map(({ value, kind }) => `${kind} ${value}`).sort());
  });
}

test('the captures hold traces, logs and metrics', () => {
  const signals = new Set(captures.map(({ signal }) => signal));
  assert.deepEqual([...signals].sort(), ['logs', 'metrics', 'traces']);
});
