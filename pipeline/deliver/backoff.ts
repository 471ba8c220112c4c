import type { DeliverySettings } from '../component/exporter.ts';

/** A sink may ask for any wait; beyond this it would look like a hang, so it is asked again. */
const maxRetryAfterMs = 5 * 60_000;

/**
 * The wait before attempt `attempt + 1`: full jitter under a growing ceiling, because it spreads the repeats of many
 * senders best, but never less than what the sink asked for (up to five minutes).
 */
export function waitBeforeRetry(
  retry: DeliverySettings['retry'],
  attempt: number,
  retryAfterMs: number | undefined,
  random: () => number,
): number {
  const ceilingMs = Math.min(retry.maxMs, retry.initialMs * retry.multiplier ** (attempt - 1));
  const jitteredMs = random() * ceilingMs;
  return Math.max(jitteredMs, Math.min(retryAfterMs ?? 0, maxRetryAfterMs));
}
