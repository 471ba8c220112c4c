import { spawn } from 'node:child_process';
import type { ChildProcess, SpawnOptions } from 'node:child_process';
import { Socket } from 'node:net';

/**
 * Starts a process that ends with this one, however this one ends, and that does not keep it alive: a test that fails before
 * it has said what is to be cleaned up ends its run, and leaves nothing behind.
 */
export function spawnForTest(
  command: string,
  args: readonly string[],
  options: SpawnOptions,
): ChildProcess {
  const child = spawn(command, args, options);
  const { pid } = child;
  if (pid === undefined) return child;
  const kill = (): void => {
    child.kill('SIGKILL');
  };
  process.once('exit', kill);
  tellLeash(`+ ${pid}\n`);
  child.once('exit', () => {
    process.off('exit', kill);
    tellLeash(`- ${pid}\n`);
  });
  child.unref();
  for (const stream of streamsOf(child)) stream.unref();
  return child;
}

/** How a program is run to its end. */
export interface RunOptions {
  /** Its working directory; that of the tests where absent. */
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** What it reads on standard input; nothing where absent. */
  readonly input?: string;
}

/** What a run of a program came to; the code is null where a signal ended it. */
export interface FinishedRun {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A program that hangs fails its test then. */
const runLimitMs = 90_000;

/** Runs a program to its end. @throws Error where it cannot be started. */
export function runForTest(
  command: string,
  args: readonly string[],
  { input = '', ...options }: RunOptions,
): Promise<FinishedRun> {
  const child = spawnForTest(command, args, { ...options, timeout: runLimitMs });
  waitFor(child);
  // A program that does not read its input may end before all of it is written.
  child.stdin?.on('error', ignore).end(input);
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk));
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      resolve({ code, stdout, stderr });
    });
  });
}

/** Has this process live until the child has ended and what it wrote is read: for who waits for that. */
export function waitFor(child: ChildProcess): void {
  child.ref();
  for (const stream of streamsOf(child)) stream.ref();
}

function streamsOf({ stdin, stdout, stderr }: ChildProcess): Socket[] {
  return [stdin, stdout, stderr].filter((stream) => stream instanceof Socket);
}

/**
 * Reads which processes live, and kills them when nobody writes to it any more. A process that is itself killed, by a
 * time limit or from the keyboard, runs no code at its end.
 */
const leashScript = `
living=' '
while read -r sign pid; do
  case $sign in
    +) living="$living$pid " ;;
    -) living="\${living%% $pid *} \${living#* $pid }" ;;
  esac
done
[ "$living" = ' ' ] || kill -KILL $living
`;

let leash: ChildProcess | undefined;

function tellLeash(line: string): void {
  leash ??= holdLeash();
  leash.stdin?.write(line);
}

function holdLeash(): ChildProcess {
  // In a group of its own: what ends this process from the keyboard would end the leash too.
  const started = spawn('sh', ['-c', leashScript], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  started.unref();
  for (const stream of streamsOf(started)) stream.unref();
  started.once('error', ignore);
  started.stdin.on('error', ignore);
  return started;
}

/** For what breaks where nothing depends on it: without a shell the processes still end where this one ends by itself. */
function ignore(): void {
  // There is nobody to tell.
}
