/**
 * Why items were given up on, a closed set because it is a metric label. `rejected` and `partial`: by the sink, whole or
 * in part. `too_large`: a single item over the sink's limit. `retries_exhausted`: `max_elapsed_time` is over.
 * `unprocessable`: the encoder fails on it. `undeliverable`: it fails again and again while others are taken. `quota`: it gave way to newer data (`on_full: drop_oldest`). `corrupt`: the
 * disk does not give it back. `shutdown`: it was in memory when the process ended.
 */
export type DropCause =
  | 'rejected'
  | 'partial'
  | 'too_large'
  | 'retries_exhausted'
  | 'unprocessable'
  | 'undeliverable'
  | 'quota'
  | 'corrupt'
  | 'shutdown';

/** What becomes of the items of one slice. */
export interface Tally {
  /** Items not dropped: once the slice is settled, the sink has them. */
  readonly delivered: number;
  readonly dropped: ReadonlyMap<DropCause, number>;
  /** Counts items as given up on, never more than the slice has. */
  drop(cause: DropCause, items: number): void;
}

/**
 * Opens the account of a slice. What is delivered is what is not dropped, so that the ledger balances whatever an
 * encoder says its payloads hold, and whatever number a sink says it refused.
 */
export function createTally(items: number): Tally {
  const dropped = new Map<DropCause, number>();
  let left = items;
  return {
    get delivered() {
      return left;
    },
    dropped,
    drop: (cause, count) => {
      const taken = Math.min(left, Math.max(0, count));
      if (taken === 0) return;
      left -= taken;
      dropped.set(cause, (dropped.get(cause) ?? 0) + taken);
    },
  };
}
