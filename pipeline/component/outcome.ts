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
  | {
      readonly kind: 'rejected';
      readonly message: string;
      /**
       * What is to blame. `items`, where absent: something in the payload, which halving it finds. `request`: any payload
       * would be refused (a path or a method that the sink does not have), so that halving it only costs requests.
       */
      readonly blames?: 'items' | 'request';
    };

/**
 * Why an attempt failed, a closed set because it is a metric label.
 * - `network`: no connection, or no answer on it. `reset`: a kept connection broke before any byte of an answer, as when
 *   the sink closed it at that very moment; repeated once at once.
 * - `timeout`: no answer in time. `busy`: the sink asks for less, or for later.
 * - `auth`: the sink refuses the credentials. Nothing is dropped for that, and one attempt in 30 seconds looks for a change.
 * - `server`: the sink cannot, whatever is sent (a gateway's 502). `internal`: the sink broke on this request (500,
 *   INTERNAL): its state, or something in the payload; the latter is believed once it goes on while others are taken.
 * - `bug`: the exporter threw.
 */
export type RetryCause =
  'network' | 'reset' | 'timeout' | 'busy' | 'auth' | 'server' | 'internal' | 'bug';

/** The outcome of a payload that the sink took whole. */
export const delivered: Outcome = { kind: 'delivered' };
