import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { isTemplateError, parseReferenceBody, parseTemplate } from './reference.ts';

describe('references', () => {
  it('are cut out of the text around them', () => {
    assert.deepEqual(parseTemplate('a-${env:X}-b'), [
      'a-',
      { body: ['env:X'], written: '${env:X}' },
      '-b',
    ]);
  });

  it('may hold references', () => {
    assert.deepEqual(parseTemplate('${env:${X}}'), [
      { body: ['env:', { body: ['X'], written: '${X}' }], written: '${env:${X}}' },
    ]);
  });

  it('need braces, so that $VAR and $1 stay as they are', () => {
    assert.deepEqual(parseTemplate('$HOME $1 $'), ['$HOME $1 $']);
  });

  it('are escaped by a second dollar', () => {
    assert.deepEqual(parseTemplate('$${env:X} $$ $$$${X}'), ['${env:X} $ $${X}']);
  });

  it('leave any text as it was once its dollars are doubled', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const template = parseTemplate(text.replaceAll('$', '$$$$'));
        assert.deepEqual(template, text === '' ? [] : [text]);
      }),
    );
  });

  it('are refused where they do not end, and where they nest without end', () => {
    for (const text of ['${', 'a ${env:X', '${env:${X}', '${'.repeat(5000)]) {
      assert.ok(isTemplateError(parseTemplate(text)), text.slice(0, 20));
    }
  });

  it('name a variable, with a default or without, or a file', () => {
    assert.deepEqual(parseReferenceBody('X'), { kind: 'env', name: 'X', fallback: undefined });
    assert.deepEqual(parseReferenceBody('env:X:-'), { kind: 'env', name: 'X', fallback: '' });
    assert.deepEqual(parseReferenceBody('X:-http://h:1/a:-b'), {
      kind: 'env',
      name: 'X',
      fallback: 'http://h:1/a:-b',
    });
    assert.deepEqual(parseReferenceBody('file:/a b'), { kind: 'file', path: '/a b' });
  });

  it('are refused for other providers and for what is no name', () => {
    for (const body of ['', 'env:', '1X', 'X-d', 'vault:x', 'http://x', 'A B', 'X:?must']) {
      assert.equal(parseReferenceBody(body).kind, 'invalid', body);
    }
  });
});
