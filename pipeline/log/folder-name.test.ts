import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fromFolderName, toFolderName } from './folder-name.ts';

test('a pipeline id names a folder that can be read back', () => {
  assert.equal(toFolderName('traces'), 'traces');
  assert.equal(toFolderName('traces/default'), 'traces%2Fdefault');
  assert.equal(toFolderName('traces/Prod.eu'), 'traces%2F%50rod.eu');
  assert.equal(toFolderName('..'), '%2E.');
});

test('no two ids share a name, not even where case does not count, and none leaves its folder', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (id) => {
      const name = toFolderName(id);
      assert.equal(fromFolderName(name), id);
      assert.match(name, /^(?!\.)[a-z0-9_.%A-F-]*$/);
    }),
  );
});

test('a name that no id has is no id', () => {
  for (const name of ['a/b', 'Traces', '%2f', '%', '.hidden', '%FF']) {
    assert.equal(fromFolderName(name), undefined);
  }
});
