import type { DeliverySettings } from '../component/exporter.ts';

/** A sink may ask for any wait; beyond this it would look like a hang, so it is asked again. */
const maxRetryAfterMs = 5 * 60_000;

/** Senders that a sink sent away together must not come back together: up to this much later than it asked for. */
const maxSpreadMs = 1000;

/**
 * The wait before repeat number `failures`, counted from 1: what the sink asked for (up to five minutes) and a little
 * more, else full jitter under a growing ceiling, because that spreads the repeats of many senders best.
 */
export function waitBeforeRetry(
  retry: DeliverySettings['retry'],
  failures: number,
  retryAfterMs: number | undefined,
  random: () => number,
): number {
  const askedMs = capRetryAfter(retryAfterMs);
  if (askedMs > 0) return askedMs + random() * Math.min(maxSpreadMs, askedMs / 10);
  return random() * Math.min(retry.maxMs, retry.initialMs * retry.multiplier ** (failures - 1));
}

/** What a sink asked for, as far as it is obeyed: 0 where it asked for nothing, or for what makes no sense. */
export function capRetryAfter(retryAfterMs: number | undefined): number {
  if (retryAfterMs === undefined || Number.isNaN(retryAfterMs)) return 0;
  return Math.min(Math.max(0, retryAfterMs), maxRetryAfterMs);
}
