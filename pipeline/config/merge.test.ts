import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { toPlainData } from './conform.ts';
import type { Diagnostic } from './diagnostic.ts';
import { mergeNodes } from './merge.ts';
import { locate, type ConfigNode } from './node.ts';
import { parseYaml } from './parse.ts';
import { parseSetOption } from './set-option.ts';

function failOn({ message }: Diagnostic): void {
  throw new Error(message);
}

function tree(data: unknown, name = 'f'): ConfigNode {
  const parsed = parseYaml({ name, text: JSON.stringify(data) }, failOn, true);
  assert.ok(parsed);
  return parsed;
}

function merge(...all: readonly unknown[]): unknown {
  return toPlainData(all.map((data) => tree(data)).reduce(mergeNodes));
}

const key = fc.constantFrom('a', 'b', 'c');
const { data: anyData } = fc.letrec((tie) => ({
  data: fc.oneof(
    { maxDepth: 3 },
    fc.integer(),
    fc.constant(null),
    fc.array(fc.integer(), { maxLength: 2 }),
    fc.dictionary(key, tie('data'), { noNullPrototype: true, maxKeys: 3 }),
  ),
}));

describe('merging', () => {
  it('joins maps and replaces lists and values', () => {
    assert.deepEqual(merge({ a: { x: 1, l: [1, 2] } }, { a: { y: 2, l: [3] }, b: 1 }), {
      a: { x: 1, y: 2, l: [3] },
      b: 1,
    });
  });

  it('lets an empty value erase what was there, as the Collector does', () => {
    assert.deepEqual(merge({ a: { x: 1 } }, { a: null }), { a: null });
    assert.deepEqual(merge({ a: { x: 1 } }, { a: {} }), { a: { x: 1 } });
  });

  it('does not change what is merged with itself', () => {
    fc.assert(
      fc.property(anyData, (data) => {
        assert.deepEqual(merge(data, data), merge(data));
      }),
    );
  });

  it('gives the last file the last word at every path that it names', () => {
    fc.assert(
      fc.property(anyData, anyData, (base, over) => {
        const merged = merge(base, over);
        assert.deepEqual(merge(merged, over), merged);
      }),
    );
  });

  it('remembers which file a value came from', () => {
    const merged = mergeNodes(tree({ a: { x: 1 } }, 'one'), tree({ a: { y: 2 } }, 'two'));
    assert.equal(locate(merged, ['a', 'x']).position.file, 'one');
    assert.equal(locate(merged, ['a', 'y']).position.file, 'two');
  });
});

describe('--set', () => {
  const set = (option: string): unknown => {
    const node = parseSetOption(option, 1, failOn);
    return node === undefined ? undefined : toPlainData(node);
  };

  it('makes a path of dots, or of :: where keys hold dots', () => {
    assert.deepEqual(set('processors.batch/2.timeout=2s'), {
      processors: { 'batch/2': { timeout: '2s' } },
    });
    assert.deepEqual(set('a::gen_ai.model::b=1'), { a: { 'gen_ai.model': { b: 1 } } });
  });

  it('takes YAML as the value', () => {
    assert.deepEqual(set('a.b=[x, y]'), { a: { b: ['x', 'y'] } });
    assert.deepEqual(set('a=x=y'), { a: 'x=y' });
    assert.deepEqual(set('a='), { a: null });
  });

  it('is refused without a key or a value', () => {
    for (const option of ['a', '', '=1', 'a..b=1', 'a.=1']) {
      const codes: string[] = [];
      assert.equal(
        parseSetOption(option, 1, ({ code }) => codes.push(code)),
        undefined,
      );
      assert.deepEqual(codes, ['yaml_syntax'], option);
    }
  });
});
