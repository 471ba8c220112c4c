import { join } from 'node:path';
import { spawnForTest, waitFor } from './child-of-test.ts';

/** What a run of the command line came to. */
export interface WeirRun {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command that hangs fails its test then. */
const limitMs = 90_000;

/** Runs `weir` as compiled beside this file, to its end. */
export function runWeir(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<WeirRun> {
  const main = join(import.meta.dirname, '../../cmd/weir/main.js');
  const child = spawnForTest(process.execPath, [main, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: limitMs,
  });
  waitFor(child);
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      resolve({ code, stdout, stderr });
    });
  });
}
