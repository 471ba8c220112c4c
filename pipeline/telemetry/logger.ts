import pino, { type DestinationStream, type Logger as PinoLogger } from 'pino';
import type { Clock, LogFields, Logger } from '../component/context.ts';
import type { TelemetryConfig } from '../config/config.ts';

type Level = TelemetryConfig['logs']['level'];

/** Lines of one message in one window that are written; the rest are counted and told with the next window's first. */
const linesPerWindow = 10;
const windowMs = 10_000;

/** More distinct messages than code has call sites for would mean that a message carries data; then the oldest is forgotten. */
const maxMessages = 1000;

/** Where and how Weir's own log is written. */
export interface LoggerOptions {
  readonly logs: TelemetryConfig['logs'];
  readonly clock: Clock;
  /** Standard error of the process, or a test's stream. */
  readonly output: NodeJS.WritableStream & { readonly isTTY?: boolean };
  /** False where NO_COLOR is set or the terminal is dumb. */
  readonly color: boolean;
}

/**
 * Opens Weir's own log: readable lines on a terminal, JSON elsewhere, unless `encoding` says which. Lines of the same
 * message beyond ten in ten seconds are left out, and the next one that is written says how many.
 */
export async function openLogger(options: LoggerOptions): Promise<Logger> {
  const { logs, output } = options;
  const isConsole = logs.encoding === 'console' || (logs.encoding === 'auto' && output.isTTY);
  const destination = isConsole === true ? await prettyStream(options) : output;
  const base = pino(
    {
      level: logs.level,
      base: null,
      messageKey: 'message',
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    destination,
  );
  return toLogger(base, createLimiter(options.clock));
}

/** pino-pretty is loaded only where it is used: it costs start-up time and memory. */
async function prettyStream({ output, color }: LoggerOptions): Promise<DestinationStream> {
  const { default: pretty } = await import('pino-pretty');
  return pretty({
    colorize: color,
    destination: output,
    messageKey: 'message',
    timestampKey: 'time',
    translateTime: 'SYS:HH:MM:ss.l',
    singleLine: true,
    sync: true,
  });
}

/** Says whether a message may be written now: undefined means no, a number how many like it were left out before. */
type Limiter = (message: string) => number | undefined;

function createLimiter(clock: Clock): Limiter {
  const windows = new Map<string, { startedMs: number; lines: number; leftOut: number }>();
  return (message) => {
    const nowMs = clock.monotonic();
    let window = windows.get(message);
    if (window === undefined) {
      if (windows.size >= maxMessages) forgetOldest(windows);
      window = { startedMs: nowMs, lines: 0, leftOut: 0 };
      windows.set(message, window);
    } else if (nowMs - window.startedMs >= windowMs) {
      window.startedMs = nowMs;
      window.lines = 0;
    }
    if (window.lines >= linesPerWindow) {
      window.leftOut += 1;
      return undefined;
    }
    window.lines += 1;
    const { leftOut } = window;
    window.leftOut = 0;
    return leftOut;
  };
}

function forgetOldest(windows: Map<string, unknown>): void {
  for (const message of windows.keys()) {
    windows.delete(message);
    return;
  }
}

function toLogger(base: PinoLogger, limiter: Limiter): Logger {
  const write = (level: Level, message: string, fields: LogFields | undefined): void => {
    if (!base.isLevelEnabled(level)) return;
    const leftOut = limiter(message);
    if (leftOut === undefined) return;
    base[level]({ ...fields, ...(leftOut > 0 && { left_out: leftOut }) }, message);
  };
  return {
    debug: (message, fields) => {
      write('debug', message, fields);
    },
    info: (message, fields) => {
      write('info', message, fields);
    },
    warn: (message, fields) => {
      write('warn', message, fields);
    },
    error: (message, fields) => {
      write('error', message, fields);
    },
    child: (fields) => toLogger(base.child({ ...fields }), limiter),
  };
}
