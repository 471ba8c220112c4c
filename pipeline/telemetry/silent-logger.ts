import type { Logger } from '../component/context.ts';

/** A log that keeps nothing, for commands and benchmarks that say themselves what is worth saying. */
export const silentLogger: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silentLogger,
};
