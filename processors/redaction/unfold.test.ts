import assert from 'node:assert/strict';
import { isUtf8 } from 'node:buffer';
import { describe, it } from 'node:test';
import { toScannable } from './scanner.ts';
import { createUnfolded, foldCodePoint, unfold } from './unfold.ts';

/** UTF-8 where it is valid, one character a byte elsewhere. */
function textOf(bytes: Buffer): string {
  return isUtf8(bytes) ? bytes.toString() : bytes.toString('latin1');
}

function unfolded(text: string): { text: string; sources: string[] } {
  const { bytes, size } = toScannable(text);
  const target = createUnfolded(size);
  unfold(bytes, 0, size, target);
  const source = Buffer.from(text);
  return {
    text: textOf(Buffer.from(target.bytes.subarray(0, target.size))),
    sources: Array.from({ length: target.size }, (_, index) =>
      source.toString('utf8', target.starts[index], target.ends[index]),
    ),
  };
}

const cases: readonly (readonly [string, string])[] = [
  ['a\\u0040b', 'a@b'],
  ['a\\\\u0040b', 'a@b'],
  ['a\\nb', 'a\nb'],
  ['a%40b%2Ec', 'a@b.c'],
  ['100% of', '100% of'],
  ['a&#64;b&#x40;c&commat;d', 'a@b@c@d'],
  ['a&b', 'a&b'],
  ['４１１１', '4111'],
  ['a＠b．c', 'a@b.c'],
  ['1\u200b2\ufeff3\u00ad4', '1234'],
  ['1\u00a02\u30003', '1 2 3'],
  ['1\u20132', '1-2'],
  ['٣٤', '34'],
  ['é', 'é'],
  ['\\u00e9\\u8eab', 'é身'],
  ['\\ud83d\\ude00', '\x80\x80'],
  ['%2540', '@'],
  ['%255Cu0040', '@'],
  ['&amp;#64;', '@'],
  ['%EF%BC%94', '4'],
  ['%C3%80b%E4%B8%80', 'Àb一'],
];

describe('unfold', () => {
  for (const [folded, plain] of cases) {
    it(`reads ${JSON.stringify(folded)} as ${JSON.stringify(plain)}`, () => {
      assert.equal(unfolded(folded).text, plain);
    });
  }

  it('maps each character to the whole of what it was written as', () => {
    assert.deepEqual(unfolded('a\\u0040é%2540b').sources, [
      'a',
      '\\u0040',
      '\ufffd',
      '\ufffd',
      '%2540',
      'b',
    ]);
  });

  it('leaves characters alone that mean no ASCII character', () => {
    assert.equal(foldCodePoint(0x4e2d), 0x80);
    assert.equal(foldCodePoint(0x2460), 0x80, '① is no digit of a number');
  });

  it('stops at the end of a cut-off escape', () => {
    for (const cut of ['\\', '\\u', '\\u00', '%', '%4', '&', '&#', '&#x', '\xc2']) {
      assert.doesNotThrow(() => unfolded(`a${cut}`));
    }
  });
});
