import type { Clock } from '../component/context.ts';
import type { Delivery, Exporter } from '../component/exporter.ts';
import type { Outcome } from '../component/outcome.ts';
import type { Signal } from '../component/signal.ts';
import type { Payload } from '../component/transform.ts';

/** What `createAttempts` takes. */
export interface AttemptsOptions {
  readonly exporter: Exporter;
  /** Longest time of an attempt; 0 means no limit. */
  readonly timeoutMs: number;
  readonly clock: Pick<Clock, 'monotonic' | 'sleep'>;
  /** Ends all attempts, the later ones too, when shutdown runs out of time. */
  readonly stop: AbortSignal;
}

/** The attempts of one delivery loop. */
export interface Attempts {
  /**
   * Sends once. A timeout or a throwing exporter is a retryable outcome: whatever happens, the payload is not lost here.
   * Never rejects.
   */
  send(payload: Payload, sending: Sending): Promise<Outcome>;
}

/** What is sent, apart from its payload. */
export type Sending = Omit<Delivery, 'abort'>;

/**
 * Creates the attempts of one delivery loop. Most attempts end long before their time and many exporters never look at
 * the signal, so that one timer serves all of them and a signal is made when it is first asked for.
 */
export function createAttempts(options: AttemptsOptions): Attempts {
  return new AttemptsInFlight(options);
}

class AttemptsInFlight implements Attempts {
  readonly #options: AttemptsOptions;
  /** The oldest first, which is also the first to run out of time, because all have the same limit. */
  readonly #inFlight = new Set<Attempt>();
  #isWatched = false;

  constructor(options: AttemptsOptions) {
    this.#options = options;
    const stopAll = (): void => {
      for (const attempt of this.#inFlight) this.#cutOff(attempt, outOfTime);
    };
    options.stop.addEventListener('abort', stopAll, { once: true });
  }

  send(payload: Payload, sending: Sending): Promise<Outcome> {
    const { exporter, clock, stop } = this.#options;
    if (stop.aborted) return Promise.resolve(timedOut(outOfTime));
    return new Promise((resolve) => {
      const attempt = new Attempt(sending, clock.monotonic(), resolve);
      this.#inFlight.add(attempt);
      this.#watch(attempt);
      const failed = (error: unknown): void => {
        this.#end(attempt, bug(error));
      };
      try {
        exporter.send(payload, attempt).then((outcome) => {
          this.#end(attempt, outcome);
        }, failed);
      } catch (error) {
        failed(error);
      }
    });
  }

  #end(attempt: Attempt, outcome: Outcome): void {
    this.#inFlight.delete(attempt);
    attempt.resolve(outcome);
  }

  /** An exporter that does not watch its signal must not hold up the loop: the attempt is over whatever it does. */
  #cutOff(attempt: Attempt, why: string): void {
    this.#end(attempt, timedOut(why));
    attempt.cutOff(new Error(why));
  }

  #watch(oldest: Attempt): void {
    const { timeoutMs, clock } = this.#options;
    if (timeoutMs === 0 || this.#isWatched) return;
    const leftMs = oldest.startedMs + timeoutMs - clock.monotonic();
    this.#isWatched = true;
    void clock.sleep(Math.max(1, Math.ceil(leftMs))).then(this.#endOverdue);
  }

  readonly #endOverdue = (): void => {
    this.#isWatched = false;
    const { timeoutMs, clock } = this.#options;
    const latest = clock.monotonic() - timeoutMs;
    for (const attempt of this.#inFlight) {
      if (attempt.startedMs > latest) {
        this.#watch(attempt);
        return;
      }
      this.#cutOff(attempt, `no answer within ${timeoutMs} ms`);
    }
  };
}

class Attempt implements Delivery {
  readonly id: string;
  readonly signal: Signal;
  readonly attempt: number;
  readonly startedMs: number;
  readonly resolve: (outcome: Outcome) => void;
  #controller: AbortController | undefined;
  #cutOffBy: Error | undefined;

  constructor(sending: Sending, startedMs: number, resolve: (outcome: Outcome) => void) {
    this.id = sending.id;
    this.signal = sending.signal;
    this.attempt = sending.attempt;
    this.startedMs = startedMs;
    this.resolve = resolve;
  }

  get abort(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#cutOffBy !== undefined) this.#controller.abort(this.#cutOffBy);
    }
    return this.#controller.signal;
  }

  cutOff(why: Error): void {
    this.#cutOffBy = why;
    this.#controller?.abort(why);
  }
}

const outOfTime = 'shutdown ran out of time';

function timedOut(message: string): Outcome {
  return { kind: 'retryable', cause: 'timeout', message };
}

function bug(error: unknown): Outcome {
  const message = error instanceof Error ? error.message : 'the exporter threw';
  return { kind: 'retryable', cause: 'bug', message };
}
