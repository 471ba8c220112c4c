import type { Clock, LogFields, Logger } from '../component/context.ts';

/** A sink that is down fails every slice over and over: one line says it (reliability.md §3b, fault 44). */
const quietMs = 10_000;

/** Writes warnings of one exporter, at most one in ten seconds for each cause. */
export interface FailureLog {
  warn(cause: string, message: string, fields: LogFields): void;
}

/** Creates a log of failures; a line says how many like it were left out before it. */
export function createFailureLog(logger: Logger, clock: Clock): FailureLog {
  const last = new Map<string, { readonly atMs: number; leftOut: number }>();
  return {
    warn: (cause, message, fields) => {
      const nowMs = clock.monotonic();
      const before = last.get(cause);
      if (before !== undefined && nowMs - before.atMs < quietMs) {
        before.leftOut += 1;
        return;
      }
      last.set(cause, { atMs: nowMs, leftOut: 0 });
      const leftOut = before?.leftOut ?? 0;
      logger.warn(message, { cause, ...fields, ...(leftOut > 0 && { left_out: leftOut }) });
    },
  };
}
