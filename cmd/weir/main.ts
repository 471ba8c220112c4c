import { closeSync, openSync } from 'node:fs';
import { constants } from 'node:os';
import { isatty } from 'node:tty';
import { createProgram, runCommandLine } from './cli.ts';

/** One Ctrl-C under npm arrives twice: the terminal signals the whole group, and npm passes its own on. */
const sameKeypressMs = 500;

/** What still holds the event loop this long after a daemon has stopped is left behind. */
const lingerMs = 500;

const startedOnTerminal = isatty(0);

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
    if (startedOnTerminal && isTerminalGone()) askToStop?.(signal);
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

/** A reader such as `head` that closes the pipe has seen enough: that is no error. */
function leaveQuietly(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
}

process.stdout.on('error', leaveQuietly);
process.stderr.on('error', leaveQuietly);
const program = createProgram({ onShutdown, onReload });
process.exitCode = await runCommandLine(program, process.argv.slice(2));
if (askToStop !== undefined) setTimeout(() => process.exit(), lingerMs).unref();
