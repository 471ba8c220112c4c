import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { toPlainData } from './conform.ts';
import type { Diagnostic } from './diagnostic.ts';
import { locate } from './node.ts';
import { parseYaml } from './parse.ts';

function failOn({ message }: Diagnostic): void {
  throw new Error(message);
}

function parse(text: string): { readonly data: unknown; readonly errors: readonly Diagnostic[] } {
  const errors: Diagnostic[] = [];
  const tree = parseYaml({ name: 'config.yaml', text }, (error) => errors.push(error), true);
  return { data: tree === undefined ? undefined : toPlainData(tree), errors };
}

describe('YAML', () => {
  it('keeps the line and column of every value', () => {
    const text = 'a:\n  b:\n    - x\n    - y: 1\n';
    const tree = parseYaml({ name: 'f', text }, failOn);
    assert.ok(tree);
    assert.deepEqual(locate(tree, ['a', 'b', 1, 'y']).position, { file: 'f', line: 4, column: 7 });
  });

  it('points at the nearest key where a path leads nowhere', () => {
    const tree = parseYaml({ name: 'f', text: 'a:\n  b: 1\n' }, failOn);
    assert.ok(tree);
    assert.equal(locate(tree, ['a', 'c', 'd']).position.line, 1);
    assert.equal(locate(tree, ['a', 'c', 'd']).node, undefined);
  });

  it('follows anchors and merge keys, keys of the map itself first', () => {
    const { data } = parse('base: &b { x: 1, y: 2 }\nmade: { <<: *b, y: 3 }\n');
    assert.deepEqual(data, { base: { x: 1, y: 2 }, made: { x: 1, y: 3 } });
  });

  it('refuses an alias bomb instead of building it', () => {
    const levels = Array.from({ length: 9 }, (_, i) => {
      const item = i === 0 ? 'x' : `*l${i - 1}`;
      return `l${i}: &l${i} [${Array.from({ length: 10 }, () => item).join(', ')}]`;
    });
    const { data, errors } = parse(levels.join('\n'));
    assert.equal(data, undefined);
    assert.equal(errors[0]?.code, 'too_large');
  });

  it('refuses an anchor that holds itself', () => {
    assert.equal(parse('a: &a [*a]\n').errors[0]?.code, 'too_large');
  });

  it('refuses deep nesting before anything recursive sees it', () => {
    for (const text of [
      '['.repeat(100_000),
      '{a: '.repeat(50_000),
      '- '.repeat(50_000),
      Array.from({ length: 200 }, (_, i) => `${' '.repeat(i)}a:`).join('\n'),
    ]) {
      assert.deepEqual(
        parse(text).errors.map(({ code }) => code),
        ['too_large'],
      );
    }
  });

  it('accepts nesting that a configuration may need', () => {
    const text = Array.from({ length: 40 }, (_, i) => `${' '.repeat(i)}a:`).join('\n');
    assert.deepEqual(parse(text).errors, []);
  });

  it('reports every duplicate key and keeps the first', () => {
    const { data, errors } = parse('a: 1\na: 2\nb: 1\nb: 2\n');
    assert.deepEqual(data, { a: 1, b: 1 });
    assert.deepEqual(
      errors.map(({ code, position }) => [code, position.line]),
      [
        ['duplicate_key', 2],
        ['duplicate_key', 4],
      ],
    );
  });

  it('reads whole numbers with underscores as Go does, and leaves text with them alone', () => {
    const { data } = parse('a: 65_536\nb: -1_000\nc: v1_0\nd: "1_000"\ne: 1_000_\n');
    assert.deepEqual(data, { a: 65_536, b: -1000, c: 'v1_0', d: '1_000', e: '1_000_' });
  });

  it('names the innermost bracket that is not closed', () => {
    const { errors } = parse('a: [x, {b: [1, 2]}]\nc: [y, {d: 1]\ne: 1\n');
    const [error] = errors;
    assert.deepEqual([error?.position.line, error?.position.column], [2, 8]);
  });

  it('takes no key that would reach the prototype', () => {
    const { data, errors } = parse('__proto__: { polluted: true }\nconstructor: 1\n');
    assert.equal(errors[0]?.code, 'unknown_key');
    assert.deepEqual(data, { constructor: 1 });
    assert.equal(({} as { polluted?: boolean }).polluted, undefined);
  });

  it('answers any text with a tree or an error, and never throws', () => {
    const piece = fc.constantFrom(
      ...['a', ': ', '\n', '  ', '- ', '[', ']', '{', '}', '"', "'", '&x ', '*x', '#', '|', '>'],
      ...['\t', '? ', '!t ', '---\n', '%', '@', '<<: ', ',', '\\', '${', '}', 'é', '\u0000'],
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        const { data, errors } = parse(pieces.join(''));
        assert.ok(data !== undefined || errors.length > 0);
      }),
      { numRuns: 2000 },
    );
  });
});
