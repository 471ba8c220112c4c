import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { makeDirectory } from './make-directory.ts';

function folderFor(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'weir-test-'));
  t.after(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

describe('a directory that a configuration names', () => {
  it('is made with its parents, for its user only', (t) => {
    const folder = folderFor(t);
    makeDirectory(join(folder, 'a/b/c'));
    for (const made of ['a', 'a/b', 'a/b/c']) {
      assert.equal(statSync(join(folder, made)).mode & 0o7777, 0o700, made);
    }
  });

  it('may be there already, also behind a link', (t) => {
    const folder = folderFor(t);
    symlinkSync(folder, join(folder, 'link'));
    makeDirectory(folder);
    makeDirectory(join(folder, 'link'));
    makeDirectory(join(folder, 'link/made'));
    assert.ok(existsSync(join(folder, 'made')));
  });

  it('cannot be where a file is, which the error names', (t) => {
    const folder = folderFor(t);
    writeFileSync(join(folder, 'file'), '');
    symlinkSync(join(folder, 'nothing'), join(folder, 'dangling'));
    for (const [path, blamed] of [
      ['file', 'file'],
      ['file/below', 'file'],
      ['file/below/it', 'file'],
      ['dangling/below', 'dangling'],
    ] as const) {
      assert.throws(
        () => {
          makeDirectory(join(folder, path));
        },
        { code: 'ENOTDIR', message: `${join(folder, blamed)} is not a directory` },
        path,
      );
    }
  });

  it(
    'is refused at once where the file system makes none',
    { skip: !existsSync('/proc/self') },
    () => {
      for (const path of ['/proc/weir-test', '/proc/weir-test/below']) {
        assert.throws(() => {
          makeDirectory(path);
        }, /\/proc takes no directories|EACCES|EROFS/);
      }
    },
  );
});
