import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { findOwnValues } from './blocked-values.ts';
import { checkPattern } from './user-pattern.ts';

function compiled(source: string): RegExp {
  const checked = checkPattern(source);
  if (!checked.ok) throw new Error(checked.message);
  return checked.pattern;
}

describe('patterns of the configuration', () => {
  it('take what the Collector’s documentation shows', () => {
    assert.match('4111111111111', compiled('4[0-9]{12}(?:[0-9]{3})?'));
    assert.match('x_token_y', compiled('.*token.*'));
    assert.match('jane@mycompany.com', compiled('.+@mycompany.com'));
    assert.match('SECRET-1', compiled('(?i)secret-\\d'));
    assert.match('ab', compiled('(?P<name>a)b'));
  });

  for (const [source, message] of [
    ['(a+)+', /repeats a repetition/],
    ['(?:a*b?){3,}', /repeats a repetition/],
    ['(a)\\1', /back-reference/],
    ['(?=a)', /look-around/],
    ['(?<!a)b', /look-around/],
    ['a*b*c*', /more than 2 open repetitions/],
    ['[[:alpha:]]', /POSIX class/],
    ['a{1,5000}', /more than 1024/],
    ['(', /no valid pattern/],
    ['[a', /not closed/],
    ['a'.repeat(2000), /longer than 1024/],
  ] as const) {
    it(`refuse ${source.slice(0, 20)}`, () => {
      const checked = checkPattern(source);
      assert.ok(!checked.ok);
      assert.match(checked.message, message);
    });
  }

  it('bound open repetitions', () => {
    assert.equal(compiled('a*b+d?').source, 'a{0,128}b{1,128}d?');
  });

  it('match across windows, with byte offsets', () => {
    const text = `${'é'.repeat(4090)} emp-12345 end`;
    const [hit] =
      findOwnValues(
        [{ finding: 'badge', pattern: compiled('emp-\\d{5}'), keywords: ['emp'] }],
        text,
        10,
      ) ?? [];
    assert.ok(hit);
    assert.equal(Buffer.from(text).toString('utf8', hit.start - 10, hit.end - 10), 'emp-12345');
  });
});
