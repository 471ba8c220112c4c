import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { linesOf } from './open-tokens.ts';

async function* chunksOf(chunks: readonly string[]): AsyncGenerator<string> {
  for (const chunk of chunks) yield await Promise.resolve(chunk);
}

async function collect(lines: AsyncIterable<string>): Promise<string[]> {
  const all: string[] = [];
  for await (const line of lines) all.push(line);
  return all;
}

describe('the lines of a file to be decrypted', () => {
  it('are those of its text, wherever it is cut into chunks', async () => {
    const chunk = fc.array(fc.constantFrom('a', '\n', '\r\n', '[EMAIL~k1:'), { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(fc.array(chunk.map((parts) => parts.join(''))), async (chunks) => {
        const lines = await collect(linesOf(chunksOf(chunks)));
        assert.deepEqual(lines, chunks.join('').match(/[^\n]*\n|[^\n]+$/g) ?? []);
      }),
    );
  });

  it('look at no chunk of a line twice, however long it grows', async (test) => {
    const chunks = Array.from({ length: 500 }, () => 'x'.repeat(100));
    const looks = [
      test.mock.method(String.prototype, 'indexOf'),
      test.mock.method(String.prototype, 'split'),
    ];
    assert.deepEqual(await collect(linesOf(chunksOf(chunks))), [chunks.join('')]);
    let looked = 0;
    for (const { mock } of looks) {
      for (const call of mock.calls) looked += String(call.this).length;
    }
    test.mock.restoreAll();
    assert.ok(looked <= 2 * 50_000, `${looked} characters`);
  });
});
