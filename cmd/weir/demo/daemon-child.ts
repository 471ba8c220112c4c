import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { CommandFailure } from '../exit-code.ts';
import type { RunHooks } from '../run-command.ts';
import { isListening } from './is-listening.ts';

/** The daemon as a child of the demo. */
export interface DaemonChild {
  /** Resolves when it has ended, with its exit code. */
  readonly ended: Promise<number>;
  /** Whether it was asked to stop, by `stop` or because the demo was. */
  readonly stopAsked: boolean;
  /** Asks it to stop; it drains first. */
  stop(): void;
}

const startTimeoutMs = 30_000;
const pollMs = 100;

/**
 * Starts this very binary as a daemon and waits until it takes calls on the ports of `endpoints`. What it prints goes to
 * standard error, so that standard output stays the demo's.
 * @throws CommandFailure where it ends or is not up in time.
 */
export async function startDaemon(
  args: readonly string[],
  endpoints: readonly URL[],
  hooks: RunHooks,
): Promise<DaemonChild> {
  const binary = process.argv[1] ?? '';
  // In a group of its own: Ctrl-C reaches the demo only, which then asks it to stop, once.
  const child = spawn(process.execPath, [binary, 'run', ...args], {
    detached: true,
    stdio: ['ignore', 2, 2],
  });
  const kill = (): void => {
    child.kill('SIGKILL');
  };
  process.once('exit', kill);
  const ended = exitCode(child);
  void ended.then(() => process.off('exit', kill));
  let stopAsked = false;
  const stop = (): void => {
    stopAsked = true;
    child.kill('SIGTERM');
  };
  hooks.onShutdown(stop);
  await untilListening(endpoints, ended);
  return {
    ended,
    stop,
    get stopAsked() {
      return stopAsked;
    },
  };
}

async function untilListening(endpoints: readonly URL[], ended: Promise<number>): Promise<void> {
  const deadline = performance.now() + startTimeoutMs;
  const end = ended.then((code) => ({ code }));
  while (performance.now() < deadline) {
    const states = await Promise.all(endpoints.map(isListening));
    if (states.every(Boolean)) return;
    const first = await Promise.race([end, delay(pollMs)]);
    if (first !== undefined) {
      const code = String(first.code);
      throw new CommandFailure(`the daemon ended with exit code ${code}; its output says why`);
    }
  }
  throw new CommandFailure(`the daemon does not listen after ${startTimeoutMs / 1000} s`);
}

async function exitCode(child: ChildProcess): Promise<number> {
  try {
    await once(child, 'exit');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CommandFailure(`the daemon cannot be started: ${reason}`);
  }
  return child.exitCode ?? 1;
}
