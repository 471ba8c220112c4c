import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { UserPattern } from './user-pattern.ts';
import { checkPattern } from './user-pattern.ts';

function compiled(source: string): UserPattern {
  const checked = checkPattern(source);
  if (!checked.ok) throw new Error(checked.message);
  return checked.pattern;
}

function matchesOf(source: string, text: string): string[] | undefined {
  const bytes = Buffer.from(text);
  const matches: string[] = [];
  const isDone = compiled(source).findAll(bytes, Infinity, (start, end) => {
    matches.push(bytes.toString('utf8', start, end));
  });
  return isDone ? matches : undefined;
}

describe('patterns of the configuration', () => {
  it('take what the Collector’s documentation shows', () => {
    for (const [source, value] of [
      ['4[0-9]{12}(?:[0-9]{3})?', '4111111111111'],
      ['.*token.*', 'x_token_y'],
      ['.+@mycompany.com', 'jane@mycompany.com'],
      ['(?i)secret-\\d', 'SECRET-1'],
      ['(?P<name>a)b', 'ab'],
      ['^[[:alpha:]]+$', 'abc'],
      ['\\bа+\\b|\\p{Cyrillic}', 'а'],
    ] as const) {
      assert.equal(compiled(source).test(value), true, source);
    }
    assert.equal(compiled('^[[:alpha:]]+$').test('ab1'), false);
  });

  for (const [source, message] of [
    ['(a)\\1', /^has the back-reference \\1, which cannot be matched in linear time$/],
    ['(?P<n>a)b(?P=n)', /^has the back-reference \(\?P=n\), which/],
    ['\\k<n>', /^has the back-reference \\k, which/],
    ['a(?=b)', /^has the look-around \(\?=…\), which cannot be matched in linear time$/],
    ['(?<!a)b', /^has the look-around \(\?<!…\), which/],
    ['(?>a)b', /not in RE2's syntax: invalid or unsupported Perl syntax in \(\?>/],
    ['a{1,5000}', /invalid repeat count in \{1,5000\}/],
    ['(?:(?:a{1,10}){1,10}){1,10}', /too large: \d+ instructions of at most 1000/],
    ['(', /not in RE2's syntax: missing closing \)/],
    ['[a', /missing closing \]/],
    ['a'.repeat(5000), /longer than 4096/],
  ] as const) {
    it(`refuse ${source.slice(0, 30)}`, () => {
      const checked = checkPattern(source);
      assert.ok(!checked.ok);
      assert.match(checked.message, message);
    });
  }

  it('find every match that is not empty, in bytes of UTF-8', () => {
    assert.deepEqual(matchesOf('emp-\\d+', 'é emp-1, emp-22.'), ['emp-1', 'emp-22']);
    assert.deepEqual(matchesOf('x*', 'axxb'), ['xx']);
    assert.deepEqual(matchesOf('^a', 'aa'), ['a']);
  });

  it('find what stands across the windows of a long text, and know what stands before them', () => {
    // So large that a window holds less than 40 KB.
    const source = '\\bemp-[a-z]{1,400}\\b|[X-Z]{1,30}';
    const filler = 'é, '.repeat(10_000);
    const values = ['emp-one', `emp-${'a'.repeat(390)}`, 'emp-two'];
    const text = `${filler}${values[0] ?? ''} ${filler}${values[1] ?? ''} ${filler}${values[2] ?? ''}`;
    assert.deepEqual(matchesOf(source, text), values);
    for (let shift = 0; shift < 9000; shift += 1000) {
      assert.deepEqual(matchesOf(source, `${'-'.repeat(shift)}${text}`), values);
    }
    assert.deepEqual(matchesOf('^é|[X-Z]{1,400}', filler.repeat(2)), ['é']);
  });

  it('give up at the deadline', () => {
    // One search after the other runs to the end of the text.
    const bytes = Buffer.from('a'.repeat(100_000));
    const deadline = performance.now() + 20;
    assert.equal(
      compiled('a(?:.*z)?').findAll(bytes, deadline, () => undefined),
      false,
    );
  });

  /** On an engine that backtracks, each takes longer than a life, or minutes. */
  for (const [source, text] of [
    ['(a+)+$', `${'a'.repeat(100_000)}!`],
    ['([a-z]+)*\\d', 'a'.repeat(100_000)],
    ['(a|aa)+$', `${'a'.repeat(100_000)}!`],
    ['(.*)*x', '\n'.repeat(100_000)],
    ['^(\\w+\\s?)*$', `${'word '.repeat(20_000)}!`],
    ['[^@]+@[^@]+\\.[a-z]+$', '%_-'.repeat(33_000)],
    ['(x+x+)+y', 'x'.repeat(100_000)],
    ['.*.*=.*;', '='.repeat(100_000)],
  ] as const) {
    it(`find nothing in 100 KB made for ${source}`, () => {
      assert.deepEqual(matchesOf(source, text), []);
    });
  }
});
