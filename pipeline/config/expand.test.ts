import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { toPlainData } from './conform.ts';
import type { Diagnostic } from './diagnostic.ts';
import { expandReferences } from './expand.ts';
import { parseYaml } from './parse.ts';
import { loadYaml, sinkOf, yamlWithSink } from './registry-under-test.ts';

let folder = '';
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'weir-expand-'));
});
after(() => {
  rmSync(folder, { recursive: true });
});

function expand(
  text: string,
  env: Readonly<Record<string, string>> = {},
): { readonly data: unknown; readonly errors: readonly Diagnostic[] } {
  const errors: Diagnostic[] = [];
  const report = (error: Diagnostic): unknown => errors.push(error);
  const tree = parseYaml({ name: 'config.yaml', text }, report);
  assert.ok(tree);
  const expanded = expandReferences(tree, {
    env,
    cwd: folder,
    report,
    onSource: () => undefined,
  });
  return { data: toPlainData(expanded), errors };
}

describe('a value that is one reference', () => {
  it('has the type that its text has in YAML', () => {
    const env = { N: '8', B: 'true', L: '[a, b]', M: '{x: 1}', T: 'text', Z: '' };
    const { data } = expand('{n: "${N}", b: "${B}", l: "${L}", m: "${M}", t: "${T}"}', env);
    assert.deepEqual(data, { n: 8, b: true, l: ['a', 'b'], m: { x: 1 }, t: 'text' });
  });

  it('keeps its text where the key wants text', async () => {
    for (const text of ['0123', '1.10', 'true', 'null', '{"a": 1}', ' x ', 'a #b', '"q"', '@x']) {
      const yaml = yamlWithSink('endpoint: x\ndatabase: ${env:DB}');
      assert.deepEqual(sinkOf(await loadYaml(yaml, { env: { DB: text } })), {
        endpoint: 'x',
        database: text,
      });
    }
  });

  it('is empty text, and not absent, where the variable is empty', async () => {
    const yaml = yamlWithSink('endpoint: ${env:E}\nretries: ${env:E}');
    assert.deepEqual(sinkOf(await loadYaml(yaml, { env: { E: '' } })), { endpoint: '' });
  });

  it('takes the default where the variable is not set', () => {
    assert.deepEqual(expand('{a: "${X:-7}", b: "${env:X:-}", c: "${A:-${B:-c}}"}').data, {
      a: 7,
      b: null,
      c: 'c',
    });
  });

  it('is an error with the name and the place where the variable is not set', () => {
    const { errors } = expand('a:\n  b: ${env:NO_SUCH}\n', { NO_SUCK: 'x' });
    assert.equal(errors.length, 1);
    assert.equal(errors[0]?.code, 'unset_variable');
    assert.match(errors[0].message, /NO_SUCH is not set/);
    assert.equal(errors[0].suggestion, 'NO_SUCK');
    assert.deepEqual(errors[0].position, { file: 'config.yaml', line: 2, column: 6 });
  });

  it('may be named by another variable', () => {
    assert.deepEqual(expand('a: ${env:${WHICH}}', { WHICH: 'REAL', REAL: '5' }).data, { a: 5 });
  });

  it('may be a YAML file, whose own references count', () => {
    writeFileSync(join(folder, 'part.yaml'), 'x: ${env:X}\n');
    assert.deepEqual(expand('a: ${file:part.yaml}', { X: '1' }).data, { a: { x: 1 } });
  });

  it('is the content of any other file without its last line end', async () => {
    writeFileSync(join(folder, 'token.txt'), 's3cr3t: x\n');
    const yaml = yamlWithSink('endpoint: x\npassword: ${file:token.txt}');
    assert.deepEqual(sinkOf(await loadYaml(yaml, { cwd: folder })), {
      endpoint: 'x',
      password: 's3cr3t: x',
    });
  });

  it('is an error where files refer to each other in a circle', () => {
    writeFileSync(join(folder, 'loop.yaml'), 'again: ${file:loop.yaml}\n');
    assert.match(expand('a: ${file:loop.yaml}').errors[0]?.message ?? '', /circle/);
  });
});

describe('a reference in the midst of text', () => {
  it('puts in the text as it is, whatever it is, and never changes the structure', () => {
    const value = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('x\nadmin: true', '"}, {', '${env:OTHER}', '$$', '- a', '#', '[]'),
    );
    fc.assert(
      fc.property(value, (text) => {
        const yaml = 'a: pre-${env:V}-post\nb: [1, "${V}x"]\n';
        const { data, errors } = expand(yaml, { V: text, OTHER: 'leak' });
        assert.deepEqual(data, { a: `pre-${text}-post`, b: [1, `${text}x`] });
        assert.deepEqual(errors, []);
      }),
    );
  });

  it('makes text of a number', () => {
    assert.deepEqual(expand('a: 4${X}', { X: '2' }).data, { a: '42' });
  });
});

describe('expansion', () => {
  it('leaves keys and bare $VAR alone', () => {
    assert.deepEqual(expand('"${X}": $X\n', { X: '1' }).data, { '${X}': '$X' });
  });

  it('leaves data without a dollar as it was', () => {
    fc.assert(
      fc.property(
        fc.string().map((text) => text.replaceAll('$', '')),
        (text) => {
          assert.deepEqual(expand(`a: ${JSON.stringify(text)}`).data, { a: text });
        },
      ),
    );
  });

  it('reports every reference that fails, at its own place', () => {
    const { errors } = expand('a: ${A}\nb: ${B}-${C}\nc: ${file:none}\nd: ${http://x}\n');
    assert.deepEqual(
      errors.map(({ code, position }) => [code, position.line]),
      [
        ['unset_variable', 1],
        ['unset_variable', 2],
        ['unset_variable', 2],
        ['unreadable_file', 3],
        ['invalid_reference', 4],
      ],
    );
  });
});
