import type { Clock } from '../component/context.ts';
import type { DeliverySettings, Exporter } from '../component/exporter.ts';
import type { Outcome } from '../component/outcome.ts';
import type { Cursor, Slice } from '../log/log.ts';
import { createAttempts } from './attempt.ts';
import type { AuthGate } from './auth-gate.ts';
import { createConcurrency } from './concurrency.ts';
import type { DeadLetter } from './dead-letter.ts';
import { deliverSlice } from './deliver-slice.ts';
import type { EncodeSlice, SettledSlice, SliceDelivery, Split } from './deliver-slice.ts';
import type { FailureLog } from './failure-log.ts';
import { createPatience } from './patience.ts';
import { createSender, EndedError } from './send.ts';
import { createSizeCap } from './size-cap.ts';
import type { DropCause } from './tally.ts';

/** What the loop tells of itself; the ledger is made of it. */
export interface DeliveryEvents {
  /** A slice is settled: its items went one way or the other. Called in the same turn as the cursor forgets it. */
  settled(delivered: number, dropped: ReadonlyMap<DropCause, number>): void;
  attempted(outcome: Outcome): void;
}

/** What a delivery loop is made of. */
export interface DeliveryOptions {
  readonly cursor: Cursor;
  readonly exporter: Exporter;
  readonly settings: DeliverySettings;
  /** Absent where the exporter sends slices as they are. */
  readonly encode?: EncodeSlice;
  readonly split: Split;
  readonly gate: AuthGate;
  readonly deadLetter: DeadLetter;
  readonly events: DeliveryEvents;
  readonly clock: Clock;
  /** Where failures are told of. */
  readonly failures: FailureLog;
  readonly random?: () => number;
}

/** A running loop from a cursor to a sink. */
export interface Delivery {
  start(): void;
  /**
   * Waits up to `budgetMs` for a sealed log to run empty, then aborts what is in flight and leaves the rest with the
   * cursor. Safe twice and before `start`.
   */
  stop(budgetMs: number): Promise<void>;
  /**
   * Takes no more slices and waits up to `budgetMs` for attempts under way; a slice that would have to be sent again goes
   * back to the cursor at once, so that nothing waits for a dead sink. Safe twice and before `start`.
   */
  release(budgetMs: number): Promise<void>;
  /** Attempts that may be under way at once: what the sink seems able to take. */
  readonly concurrency: number;
}

/**
 * The one delivery loop: next → encode → send → Outcome → done, wait, halve, or set aside and count. As many slices are
 * out as the settings have consumers, each with its own repeats, so that one slow slice does not hold up the others; how
 * many of them are being sent at once follows what the sink can take.
 */
export function createDelivery(options: DeliveryOptions): Delivery {
  const released = new AbortController();
  const outOfTime = new AbortController();
  const { settings, clock, failures } = options;
  const concurrency = createConcurrency(settings.queue.consumers, clock);
  const loop: SliceDelivery = {
    send: createSender({
      ...options,
      attempts: createAttempts({
        exporter: options.exporter,
        timeoutMs: settings.timeoutMs,
        clock,
        stop: outOfTime.signal,
      }),
      retry: settings.retry,
      concurrency,
      random: options.random ?? Math.random,
      released: released.signal,
      attempted: (outcome) => {
        options.events.attempted(outcome);
      },
    }),
    encode: options.encode,
    split: options.split,
    patience: createPatience(),
    sizeCap: createSizeCap(clock),
    released: released.signal,
  };
  const consumer = createConsumer(options, loop, (settled) => {
    warnOfDrops(settled, failures);
  });
  let consumers: Promise<void>[] = [];
  const settleWithin = async (budgetMs: number): Promise<void> => {
    const isSettled = new AbortController();
    const end = (): void => {
      released.abort();
      outOfTime.abort();
    };
    clock.sleep(budgetMs, isSettled.signal).then(end, () => undefined);
    // The clock's timers keep no process alive, and nothing else may be left that does.
    const keptAlive = setInterval(() => undefined, 60_000);
    await Promise.all(consumers);
    clearInterval(keptAlive);
    isSettled.abort();
  };
  return {
    start: () => {
      consumers = Array.from({ length: settings.queue.consumers }, consumer);
    },
    stop: settleWithin,
    release: (budgetMs) => {
      released.abort();
      return settleWithin(budgetMs);
    },
    get concurrency() {
      return concurrency.limit;
    },
  };
}

/** Takes slices one after the other until the log is sealed and empty, or the loop is released. */
function createConsumer(
  { cursor, settings, deadLetter, events, failures, clock }: DeliveryOptions,
  loop: SliceDelivery,
  onSettled: (settled: SettledSlice) => void,
): () => Promise<void> {
  const nextSlice = (): Promise<Slice | undefined> => {
    const maxBytes = Math.min(settings.batch.maxBytes, loop.sizeCap.maxBytes);
    return cursor.next({ ...settings.batch, maxBytes }, loop.released);
  };
  const settle = async (slice: Slice): Promise<void> => {
    const settled = await deliverSlice(loop, slice);
    // What was refused must be on disk before the cursor forgets it.
    if (settled.refused.length > 0) await deadLetter.add(settled.refused);
    cursor.done(slice);
    events.settled(settled.tally.delivered, settled.tally.dropped);
    onSettled(settled);
  };
  /** False where there is nothing more to take. */
  const takeOne = async (): Promise<boolean> => {
    const slice = await nextSlice();
    if (slice === undefined) return false;
    try {
      await settle(slice);
    } catch (error) {
      cursor.abandon(slice);
      if (!(error instanceof EndedError)) throw error;
    }
    return true;
  };
  return async () => {
    for (let isMore = true; isMore;) {
      try {
        isMore = await takeOne();
      } catch (error) {
        // A bug, or a disk that cannot be read: whatever it is, the other slices are still to be delivered.
        const reason = error instanceof Error ? error.message : String(error);
        failures.warn('failed', 'a delivery failed and begins anew', { error: reason });
        await clock.sleep(pauseAfterFailureMs, loop.released).catch(() => undefined);
      }
    }
  };
}

/** What fails for no reason that is known must not fail in a busy loop. */
const pauseAfterFailureMs = 1000;

function warnOfDrops({ tally, refused }: SettledSlice, failures: FailureLog): void {
  for (const [reason, items] of tally.dropped) {
    const error = refused.find((entry) => entry.reason === reason)?.error;
    failures.warn(`dropped: ${reason}`, 'items were given up on', { reason, error, items });
  }
}
