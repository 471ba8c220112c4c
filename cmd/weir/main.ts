import { createProgram, runCommandLine } from './cli.ts';

/** Shells report a process that a second Ctrl-C ended as 128 + SIGINT. */
const forcedExitCode = 130;

/** One Ctrl-C under npm arrives twice: the terminal signals the whole group, and npm passes its own on. */
const sameKeypressMs = 500;

/** The first signal asks for a shutdown; a second one ends the process at once. */
function onShutdown(listener: () => void): void {
  let askedAt: number | undefined;
  const ask = (): void => {
    if (askedAt === undefined) {
      askedAt = performance.now();
      listener();
    } else if (performance.now() - askedAt > sameKeypressMs) process.exit(forcedExitCode);
  };
  process.on('SIGINT', ask);
  process.on('SIGTERM', ask);
}

/** A reader such as `head` that closes the pipe has seen enough: that is no error. */
function leaveQuietly(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
}

process.stdout.on('error', leaveQuietly);
process.stderr.on('error', leaveQuietly);
process.exitCode = await runCommandLine(createProgram({ onShutdown }), process.argv.slice(2));
