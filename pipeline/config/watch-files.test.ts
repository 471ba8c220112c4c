import assert from 'node:assert/strict';
import { once, EventEmitter } from 'node:events';
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { TestContext } from 'node:test';
import { createRecordingContext } from '../../test/support/component-context.ts';
import { watchFiles, type WatchOptions } from './watch-files.ts';

interface Watched {
  readonly directory: string;
  /** Resolves at the next change. */
  readonly changed: () => Promise<unknown>;
  readonly changes: () => number;
}

function watchIn(
  t: TestContext,
  arrange: (directory: string) => readonly string[],
  options: Partial<WatchOptions> = {},
): Watched {
  const directory = mkdtempSync(join(tmpdir(), 'weir-watch-'));
  const files = arrange(directory);
  const events = new EventEmitter();
  let changes = 0;
  const { logger } = createRecordingContext('test');
  const onChange = (): void => {
    changes += 1;
    events.emit('change');
  };
  const stop = watchFiles({ files, onChange, logger, settleMs: 20, pollMs: 1e6, ...options });
  t.after(() => {
    stop();
    rmSync(directory, { recursive: true });
  });
  return { directory, changed: () => once(events, 'change'), changes: () => changes };
}

const oneFile = (directory: string): string[] => {
  const file = join(directory, 'config.yaml');
  writeFileSync(file, 'a: 1');
  return [file];
};

describe('watching files', () => {
  // Timers of the watch do not keep the process alive; these tests wait for them.
  const alive = setInterval(() => undefined, 1000);
  test.after(() => {
    clearInterval(alive);
  });

  test('sees a file that is written in place, and one that is replaced by a rename', async (t) => {
    const { directory, changed } = watchIn(t, oneFile);
    const file = join(directory, 'config.yaml');
    const written = changed();
    writeFileSync(file, 'a: 2');
    await written;
    const replaced = changed();
    writeFileSync(`${file}.new`, 'a: 3');
    renameSync(`${file}.new`, file);
    await replaced;
  });

  test('sees the symlink of a ConfigMap that is swapped', async (t) => {
    const { directory, changed } = watchIn(t, (root) => {
      for (const version of ['one', 'two']) {
        mkdirSync(join(root, `..${version}`));
        writeFileSync(join(root, `..${version}`, 'config.yaml'), `a: ${version}`);
      }
      symlinkSync('..one', join(root, '..data'));
      symlinkSync(join('..data', 'config.yaml'), join(root, 'config.yaml'));
      return [join(root, 'config.yaml')];
    });
    const swapped = changed();
    symlinkSync('..two', join(directory, '..data_tmp'));
    renameSync(join(directory, '..data_tmp'), join(directory, '..data'));
    await swapped;
  });

  test('tells of no change where the content is the same, and once of a burst', async (t) => {
    const { directory, changed, changes } = watchIn(t, oneFile);
    const file = join(directory, 'config.yaml');
    writeFileSync(file, 'a: 1');
    writeFileSync(join(directory, 'other.yaml'), 'b: 1');
    const burst = changed();
    for (const value of [2, 3, 4]) writeFileSync(file, `a: ${value}`);
    await burst;
    assert.equal(changes(), 1);
  });

  test('sees by polling what no event tells: the target of a symlink into another directory', async (t) => {
    const other = mkdtempSync(join(tmpdir(), 'weir-watch-other-'));
    t.after(() => {
      rmSync(other, { recursive: true });
    });
    const target = join(other, 'config.yaml');
    writeFileSync(target, 'a: 1');
    const arrange = (directory: string): string[] => {
      symlinkSync(target, join(directory, 'config.yaml'));
      return [join(directory, 'config.yaml')];
    };
    const { changed } = watchIn(t, arrange, { pollMs: 10 });
    const polled = changed();
    writeFileSync(target, 'a: 2');
    await polled;
  });

  test('goes on by polling where a directory cannot be watched', async (t) => {
    const root = mkdtempSync(join(tmpdir(), 'weir-watch-late-'));
    t.after(() => {
      rmSync(root, { recursive: true });
    });
    const file = join(root, 'late', 'config.yaml');
    const { changed } = watchIn(t, () => [file], { pollMs: 10 });
    const appeared = changed();
    mkdirSync(join(root, 'late'));
    writeFileSync(file, 'a: 1');
    await appeared;
  });
});
