/**
 * What one attempt to deliver came to. Expected failures are data; an exporter that throws has a bug, and the delivery
 * loop treats that as retryable and counts it.
 */
export type Outcome =
  | { readonly kind: 'delivered' }
  /** The sink took the rest and refused these for good. */
  | { readonly kind: 'partial'; readonly rejectedItems: number; readonly message: string }
  /** Try the same payload again, not before `retryAfterMs` where the sink gave one. */
  | {
      readonly kind: 'retryable';
      readonly cause: RetryCause;
      readonly message: string;
      readonly retryAfterMs?: number;
    }
  /** The payload is over the sink's size limit: split it. */
  | { readonly kind: 'too_large'; readonly message: string }
  /** The sink refuses this payload for good: find the poison item, or set it aside. */
  | { readonly kind: 'rejected'; readonly message: string };

/** Why an attempt failed, a closed set because it is a metric label. */
export type RetryCause = 'network' | 'timeout' | 'busy' | 'auth' | 'server' | 'bug';

/** The outcome of a payload that the sink took whole. */
export const delivered: Outcome = { kind: 'delivered' };
