import { existsSync, readFileSync } from 'node:fs';

/**
 * Preloaded into a daemon under test: the wall clock is off by the milliseconds that the file `clock-offset` in the working
 * directory holds at that moment. The monotonic clock and timers are not.
 */
const { now } = Date;

function offsetMs(): number {
  return existsSync('clock-offset') ? Number(readFileSync('clock-offset', 'utf8')) : 0;
}

Date.now = () => now() + offsetMs();
