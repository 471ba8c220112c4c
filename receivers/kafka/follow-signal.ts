import { setMaxListeners } from 'node:events';

/** A signal that aborts when another one does, or before. */
export interface FollowingSignal {
  readonly signal: AbortSignal;
  abort(): void;
  /** Leaves nothing behind at the other signal; to be called when this one is no longer of use. */
  unfollow(): void;
}

/**
 * Follows a signal that lives longer. `AbortSignal.any` would do, but Node 20 and 22 keep a note of every signal that it
 * has ever made at the ones it was made from. Any number of waits may listen to what this gives.
 */
export function followSignal(other: AbortSignal): FollowingSignal {
  const controller = new AbortController();
  const abort = (): void => {
    controller.abort();
  };
  setMaxListeners(0, controller.signal, other);
  if (other.aborted) abort();
  other.addEventListener('abort', abort, { once: true });
  const unfollow = (): void => {
    other.removeEventListener('abort', abort);
  };
  return { signal: controller.signal, abort, unfollow };
}
