import { closeSync, openSync } from 'node:fs';
import { constants } from 'node:os';
import { isatty } from 'node:tty';
import { createProgram, runCommandLine } from './cli.ts';
import { crashOutput } from './crash-output.ts';

/** One Ctrl-C under npm arrives twice: the terminal signals the whole group, and npm passes its own on. */
const sameKeypressMs = 500;

/** What still holds the event loop this long after a daemon has stopped is left behind. */
const lingerMs = 500;

const startedOnTerminal = isatty(0);
let isHungUp = false;

/** Asks for a shutdown once a daemon runs; a second time it ends the process at once, with the code that shells expect. */
let askToStop: ((signal: NodeJS.Signals) => void) | undefined;

function onShutdown(listener: () => void): void {
  let askedAt: number | undefined;
  askToStop = (signal) => {
    if (askedAt === undefined) {
      askedAt = performance.now();
      listener();
    } else if (performance.now() - askedAt > sameKeypressMs) {
      process.exit(128 + constants.signals[signal]);
    }
  };
  process.on('SIGINT', askToStop);
  process.on('SIGTERM', askToStop);
}

/** A terminal that closes sends SIGHUP too: then there is nobody left to run for. */
function onReload(listener: () => void): void {
  process.on('SIGHUP', (signal) => {
    isHungUp = startedOnTerminal && isTerminalGone();
    if (isHungUp) askToStop?.(signal);
    else listener();
  });
}

function isTerminalGone(): boolean {
  try {
    closeSync(openSync('/dev/tty', 'r'));
    return false;
  } catch {
    return true;
  }
}

/** As SIGHUP does without a listener; Node's own exit aborts where it cannot put a terminal back in order. */
function endWithTerminal(): void {
  if (!isHungUp) return;
  process.removeAllListeners('SIGHUP');
  process.kill(process.pid, 'SIGHUP');
}

/** A pipe's reader that went away, and a terminal that did. */
const goneCodes: ReadonlySet<string | undefined> = new Set(['EPIPE', 'EIO']);

/** A reader such as `head` that closes the pipe has seen enough: that is no error, and asks a daemon to stop. */
function leaveQuietly(error: NodeJS.ErrnoException): void {
  if (!goneCodes.has(error.code)) throw error;
  if (askToStop === undefined) process.exit(0);
  process.kill(process.pid, 'SIGTERM');
}

/** What a daemon has to say is not worth more than what it holds: without a reader for its log it runs on. */
function runOn(error: NodeJS.ErrnoException): void {
  if (!goneCodes.has(error.code)) throw error;
  if (askToStop === undefined) process.exit(0);
}

/** Node would print the error's message, and the line that threw it. */
process.on('uncaughtException', (error: unknown) => {
  process.stderr.write(crashOutput(error));
  process.exit(1);
});
process.stdout.once('error', leaveQuietly);
process.stdout.on('error', runOn);
process.stderr.on('error', runOn);
const program = createProgram({ onShutdown, onReload });
process.exitCode = await runCommandLine(program, process.argv.slice(2));
endWithTerminal();
if (askToStop !== undefined) setTimeout(() => process.exit(), lingerMs).unref();
