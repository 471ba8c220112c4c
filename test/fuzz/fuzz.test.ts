import assert from 'node:assert/strict';
import { test } from 'node:test';

import { checkRequest } from './check-request.ts';
import { createCase } from './corpus.ts';

const requests = 10_000;

test(`${requests} mutated requests are refused or read, edited and written as protobufjs does`, () => {
  const verdicts = { accepted: 0, refused: 0, stricter: 0 };
  for (let seed = 1; seed <= requests; seed++) {
    const { signal, bytes } = createCase(seed);
    try {
      verdicts[checkRequest(signal, bytes, seed)] += 1;
    } catch (error) {
      const hex = Buffer.from(bytes).toString('hex');
      throw new Error(`seed ${seed}, ${signal}, bytes ${hex}`, { cause: error });
    }
  }
  // Both sides must be well exercised, or the test shows nothing.
  assert.ok(verdicts.accepted > requests / 4, JSON.stringify(verdicts));
  assert.ok(verdicts.refused > requests / 4, JSON.stringify(verdicts));
});
