import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { requiredLiterals } from './required-literals.ts';
import { checkPattern } from './user-pattern.ts';

describe('literals that a pattern requires', () => {
  for (const [source, literals] of [
    ['B-\\d{5}', undefined],
    ['EMP-\\d{5}', ['EMP-']],
    ['\\d{3}-badge-\\w+', ['-badge-']],
    ['foo|barbar', ['foo', 'barbar']],
    ['(?:secret|token)[:=]\\S+', ['secret', 'token']],
    ['(?i)Secret-\\d', ['secret-']],
    ['(?:secret)?x', undefined],
    ['abc*d', undefined],
    ['abcd*', ['abc']],
    ['abcd+efg', ['abcd']],
    ['(abc){0,2}', undefined],
    ['(abc){2}', ['abc']],
    ['abc{,5}', ['abc{,5}']],
    ['ab[cde]fgh', ['fgh']],
    ['a[]abc]bcd', ['bcd']],
    ['[[:alpha:]abc]+-id', ['-id']],
    ['\\Qa|b\\E', undefined],
    ['\\x41bcd\\pLefgh', ['efgh']],
    ['1\\.2\\.3', ['1.2.3']],
    ['工号\\d+', [Buffer.from('工号').toString('latin1')]],
    ['(?i)工号abc', ['abc']],
    ['^\\bid-x\\b$', ['id-x']],
    ['(?P<name>abc)|x', undefined],
    ['say "it": \\/ab\\\\c:\\d', ['say ']],
    ['', undefined],
  ] as const) {
    it(`of ${source === '' ? 'nothing' : source}`, () => {
      assert.deepEqual(requiredLiterals(source)?.literals, literals);
    });
  }

  /** A pattern, and a text that it matches. */
  type Sample = readonly [source: string, text: string];
  const words = fc.constantFrom<Sample>(
    ...['a', 'bc', 'def', 'ghij', 'é', '-'].map((word): Sample => [word, word]),
    ['\\.', '.'],
    ['\\d', '7'],
    ['[x-z]', 'y'],
    ['.', 'q'],
    ['\\b', ''],
    ['\\x41', 'A'],
    ['[]ab]', ']'],
  );
  const { pattern } = fc.letrec<{ pattern: Sample }>((tie) => ({
    pattern: fc.oneof(
      { maxDepth: 5, withCrossShrink: true },
      words,
      fc.tuple(tie('pattern'), tie('pattern')).map(([a, b]): Sample => [a[0] + b[0], a[1] + b[1]]),
      fc
        .tuple(tie('pattern'), tie('pattern'), fc.boolean())
        .map(([a, b, first]): Sample => [`(?:${a[0]}|${b[0]})`, first ? a[1] : b[1]]),
      fc
        .tuple(
          tie('pattern'),
          fc.constantFrom<[string, number]>(
            ['*', 0],
            ['?', 0],
            ['+', 2],
            ['{2}', 2],
            ['{0,3}', 0],
            ['{1,2}?', 1],
          ),
        )
        .map(([a, [repeat, times]]): Sample => [`(${a[0]})${repeat}`, a[1].repeat(times)]),
    ),
  }));

  it('stand in every text that it matches, so that the gate loses none', () => {
    let gated = 0;
    fc.assert(
      fc.property(pattern, fc.boolean(), ([body, text], ignoreCase) => {
        const source = ignoreCase ? `(?i)${body}` : body;
        const subject = ignoreCase ? text.toUpperCase() : text;
        const checked = checkPattern(source);
        // \b may not hold between two of the parts.
        if (!checked.ok || !checked.pattern.test(subject)) return;
        const required = requiredLiterals(source);
        if (required === undefined) return;
        gated++;
        const bytes = Buffer.from(subject).toString('latin1');
        const seen = ignoreCase ? bytes.toLowerCase() : bytes;
        assert.ok(
          required.literals.some((literal) => seen.includes(literal)),
          `${source} in ${subject}`,
        );
      }),
      { numRuns: 3000 },
    );
    assert.ok(gated > 300, `only ${gated} had a gate`);
  });
});
