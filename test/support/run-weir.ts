import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { runForTest } from './child-of-test.ts';
import type { FinishedRun, RunOptions } from './child-of-test.ts';

/** The entry of the command line, as compiled beside this file. */
export const weirMain = join(import.meta.dirname, '../../cmd/weir/main.js');

/** Runs `weir` to its end; its environment is `weirEnv` with what `env` adds. */
export function runWeir(
  args: readonly string[],
  { env, ...options }: RunOptions = {},
): Promise<FinishedRun> {
  return runForTest(process.execPath, [weirMain, ...args], { ...options, env: weirEnv(env) });
}

/** The environment of a command under test: what else is set on this machine does not reach it. */
export function weirEnv(more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'], NO_COLOR: '1', ...more };
}

/** A folder in which tests run commands on files of theirs. */
export interface CommandFolder {
  /** Its path; it exists while tests run. */
  readonly path: () => string;
  /** Writes a file; returns its name, as a command names it. */
  readonly write: (name: string, content: string) => string;
  /** Runs `weir` in it. */
  readonly weir: (
    args: readonly string[],
    options?: Omit<RunOptions, 'cwd'>,
  ) => Promise<FinishedRun>;
}

/** Makes a folder before the tests of the file or block that calls this, and removes it after them. */
export function makeCommandFolder(): CommandFolder {
  let folder = '';
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'weir-command-'));
  });
  after(() => {
    rmSync(folder, { recursive: true });
  });
  return {
    path: () => folder,
    write: (name, content) => {
      writeFileSync(join(folder, name), content);
      return name;
    },
    weir: (args, options) => runWeir(args, { ...options, cwd: folder }),
  };
}
