import type { Outcome } from '../../../pipeline/component/outcome.ts';

/** What became of the spans so far. */
export interface Tally {
  readonly requests: number;
  readonly sent: number;
  readonly accepted: number;
  /** Refused for good. */
  readonly rejected: number;
  /** Not taken, and might be another time: `weir generate` never repeats. */
  readonly failed: number;
  /** The last reason for a span that was not accepted, '' where all were. */
  readonly reason: string;
}

/** Nothing sent yet. */
export const emptyTally: Tally = {
  requests: 0,
  sent: 0,
  accepted: 0,
  rejected: 0,
  failed: 0,
  reason: '',
};

/** Adds a request of so many spans. */
export function addOutcome(tally: Tally, spans: number, outcome: Outcome): Tally {
  const next = { ...tally, requests: tally.requests + 1, sent: tally.sent + spans };
  if (outcome.kind === 'delivered') return { ...next, accepted: tally.accepted + spans };
  const reason = outcome.message;
  if (outcome.kind === 'retryable') return { ...next, reason, failed: tally.failed + spans };
  const rejected = outcome.kind === 'partial' ? Math.min(outcome.rejectedItems, spans) : spans;
  return {
    ...next,
    reason,
    accepted: tally.accepted + spans - rejected,
    rejected: tally.rejected + rejected,
  };
}

/** `4,000 spans sent in 10.0 s (400/s): 3,990 accepted, 10 rejected, 0 failed`. */
export function describeTally(tally: Tally, elapsedMs: number): string {
  const seconds = elapsedMs / 1000;
  const rate = seconds > 0 ? Math.round(tally.sent / seconds) : 0;
  const counts = [
    `${toCount(tally.accepted)} accepted`,
    `${toCount(tally.rejected)} rejected`,
    `${toCount(tally.failed)} failed`,
  ];
  return `${toCount(tally.sent)} spans sent in ${seconds.toFixed(1)} s (${toCount(rate)}/s): ${counts.join(', ')}`;
}

function toCount(count: number): string {
  return count.toLocaleString('en-US');
}
