import type { Exporter } from '../component/exporter.ts';
import type { Outcome } from '../component/outcome.ts';
import type { Signal } from '../component/signal.ts';
import type { Payload } from '../component/transform.ts';

/** What one attempt needs besides the payload. */
export interface Attempt {
  readonly id: string;
  readonly signal: Signal;
  readonly attempt: number;
  /** 0 means none. */
  readonly timeoutMs: number;
  /** Aborts when shutdown runs out of time. */
  readonly stop: AbortSignal;
}

/** Sends once. A timeout or a throwing exporter is a retryable outcome: whatever happens, the payload is not lost here. */
export async function attemptSend(
  exporter: Exporter,
  payload: Payload,
  { id, signal, attempt, timeoutMs, stop }: Attempt,
): Promise<Outcome> {
  const abort = new AbortController();
  const onStop = (): void => {
    abort.abort(new Error('shutdown ran out of time'));
  };
  const onTimeout = (): void => {
    abort.abort(new Error(`no answer within ${timeoutMs} ms`));
  };
  stop.addEventListener('abort', onStop, { once: true });
  const timer = timeoutMs === 0 ? undefined : setTimeout(onTimeout, timeoutMs);
  try {
    // An exporter that does not watch its abort signal must not hold up the loop.
    const aborted = rejectOnAbort(abort.signal);
    const delivery = { id, signal, attempt, abort: abort.signal };
    return await Promise.race([exporter.send(payload, delivery), aborted]);
  } catch (error) {
    const message = error instanceof Error ? error.message : 'the exporter threw';
    return { kind: 'retryable', cause: abort.signal.aborted ? 'timeout' : 'bug', message };
  } finally {
    clearTimeout(timer);
    stop.removeEventListener('abort', onStop);
  }
}

function rejectOnAbort(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const onAbort = (): void => {
      reject(signal.reason instanceof Error ? signal.reason : new Error('aborted'));
    };
    signal.addEventListener('abort', onAbort, { once: true });
  });
}
