import { rename, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { CommandFailure } from '../exit-code.ts';
import type { Box } from './boxes.ts';

/** Files of a box that this process works on. */
export interface Claim {
  readonly files: readonly string[];
  /** Everything in them is delivered, or set aside again. */
  release(): Promise<void>;
}

/** `retry-<pid>-<number>.jsonl` */
const claimed = /^retry-(\d+)-\d+\.jsonl$/;

/**
 * Moves the files of a box out of the daemon's way: it makes a new one when it next sets something aside. What a retry left
 * that died is taken over.
 * @throws CommandFailure where another retry is at work.
 */
export async function claimBox({ folder, files, exporter }: Box): Promise<Claim> {
  for (const name of files) {
    const pid = Number(claimed.exec(name)?.[1] ?? 0);
    if (pid > 0 && pid !== process.pid && isRunning(pid)) {
      throw new CommandFailure(
        `weir dlq: process ${pid} is retrying what "${exporter}" refused; wait for it to end`,
      );
    }
  }
  const mine: string[] = [];
  for (const name of files) {
    const own = `retry-${process.pid}-${mine.length}.jsonl`;
    // A file may be gone by now: the daemon moves the current one aside when it is full.
    const isMoved = await rename(join(folder, name), join(folder, own)).then(
      () => true,
      () => false,
    );
    if (isMoved) mine.push(own);
  }
  return {
    files: mine,
    release: async () => {
      for (const name of mine) await unlink(join(folder, name));
    },
  };
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // A process of another user is there, too.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
