import { describeTally } from './tally.ts';
import type { Tally } from './tally.ts';

/** Where progress is shown. */
export interface ProgressOutput {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** Shows how far a run is. */
export interface Progress {
  /** `done` from 0 to 1. */
  show(done: number, tally: Tally, elapsedMs: number): void;
  /** Clears the bar. */
  finish(): void;
}

const barWidth = 24;
const barEveryMs = 100;
const lineEveryMs = 5000;
const clearLine = '\r\u001b[K';

/** A bar that is drawn over itself on a terminal; elsewhere a line every five seconds. */
export function createProgress(output: ProgressOutput): Progress {
  const isTerminal = output.isTTY === true;
  const everyMs = isTerminal ? barEveryMs : lineEveryMs;
  let shownMs = isTerminal ? -Infinity : 0;
  return {
    show: (done, tally, elapsedMs) => {
      if (elapsedMs - shownMs < everyMs) return;
      shownMs = elapsedMs;
      const text = describeTally(tally, elapsedMs);
      output.write(isTerminal ? barLine(done, text, output.columns ?? 80) : `${text}\n`);
    },
    finish: () => {
      if (isTerminal) output.write(clearLine);
    },
  };
}

function barLine(done: number, text: string, columns: number): string {
  const filled = Math.round(Math.min(1, Math.max(0, done)) * barWidth);
  const bar = `${'█'.repeat(filled)}${'░'.repeat(barWidth - filled)}`;
  return `${clearLine}${`${bar} ${text}`.slice(0, Math.max(1, columns - 1))}`;
}
