import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { allDetectors } from './detectors/table.ts';
import { createScanner, toScannable } from './scanner.ts';
import { stretchesOf } from './stretch.ts';
import { plantedValues as planted } from '../../test/support/planted-values.ts';

const scan = createScanner(allDetectors);
const key = 'app.login_token';
const secret = 'q7Xw2Lp9Zr4Tb8Nc6Vd3';
const stretchBytes = 24_576;

/** What is found in texts of which only the one behind `key` has a key. */
function hitsIn(texts: readonly string[]) {
  const { bytes, size } = toScannable(texts.join('\0'));
  const valueAt = texts.slice(0, texts.indexOf(key) + 1).join('\0').length + 1;
  return scan({ bytes, size, keyAt: (at) => (at < valueAt ? '' : key) }).hits;
}

describe('stretches', () => {
  it('cover a buffer, end with a text and show the text behind it', () => {
    const texts = ['a'.repeat(stretchBytes), 'key', 'b'.repeat(3 * stretchBytes), 'c', ''];
    const { bytes, size } = toScannable(texts.join('\0'));
    const ends = texts.map((_, index) => texts.slice(0, index + 1).join('\0').length + 1);
    const [first = 0, second = 0, third = 0] = ends;
    assert.deepEqual(
      [...stretchesOf(bytes, size)],
      [
        { from: 0, to: first, end: second },
        { from: first, to: third, end: third + 2 },
        { from: third, to: size, end: size },
      ],
    );
    assert.deepEqual([...stretchesOf(bytes, 0)], []);
  });

  it('part a key from its value without hiding the one from the other', () => {
    for (let before = stretchBytes - 40; before < stretchBytes + 10; before++) {
      const start = before + key.length + 2;
      assert.deepEqual(
        hitsIn(['-'.repeat(before), key, secret, 'end']),
        [{ entity: 'credential', start, end: start + secret.length }],
        `${before} bytes before`,
      );
    }
  });

  it('find in each what a text by itself has', () => {
    const filler = ' '.repeat(9000);
    const texts = planted.flatMap((value) => [` ${value} `, filler]);
    let offset = 0;
    const expected = texts.flatMap((text) => {
      const hits = hitsIn([text]).map(({ entity, start, end }) => ({
        entity,
        start: offset + start,
        end: offset + end,
      }));
      offset += Buffer.byteLength(text) + 1;
      return hits;
    });
    const byPlace = (hits: typeof expected) =>
      hits.map(({ entity, start, end }) => `${start} ${end} ${entity}`).sort();
    assert.deepEqual(byPlace(hitsIn(texts)), byPlace(expected));
    assert.ok(expected.length > planted.length / 2);
  });
});
