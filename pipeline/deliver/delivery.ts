import type { Clock, Logger } from '../component/context.ts';
import type { DeliverySettings, Exporter } from '../component/exporter.ts';
import type { Outcome } from '../component/outcome.ts';
import type { Payload, SliceBytes } from '../component/transform.ts';
import type { Cursor, Slice } from '../log/log.ts';
import { createAttempts } from './attempt.ts';
import type { Attempts, Sending } from './attempt.ts';
import { waitBeforeRetry } from './backoff.ts';

/** Why items were given up on, a closed set because it is a metric label. */
export type DropCause =
  | 'rejected'
  | 'partial'
  | 'too_large'
  | 'retries_exhausted'
  | 'unprocessable'
  | 'quota'
  | 'shutdown';

/** What the loop tells of itself; the ledger is made of it. */
export interface DeliveryEvents {
  /** A slice is settled: its items went one way or the other. Called in the same turn as the cursor forgets it. */
  settled(delivered: number, dropped: ReadonlyMap<DropCause, number>): void;
  attempted(outcome: Outcome): void;
}

/** The two halves of a request by items; one where it holds a single item. */
export type Split = (slice: SliceBytes) => Promise<readonly SliceBytes[]>;

/** What a delivery loop is made of. */
export interface DeliveryOptions {
  readonly cursor: Cursor;
  readonly exporter: Exporter;
  readonly settings: DeliverySettings;
  /** Absent where the exporter sends slices as they are. Rejects where the encoder failed on the slice for good. */
  readonly encode?: (slice: SliceBytes) => Promise<readonly Payload[]>;
  readonly split: Split;
  readonly events: DeliveryEvents;
  readonly clock: Clock;
  readonly logger: Logger;
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
}

/** What became of the items of a slice so far. */
interface Tally {
  delivered: number;
  readonly dropped: Map<DropCause, number>;
}

/** Part of a slice with its own id: the whole, or a half of a half. */
interface Part {
  readonly id: string;
  readonly slice: SliceBytes;
}

/** What a running loop is made of. */
interface Loop extends DeliveryOptions {
  readonly attempts: Attempts;
  /** Aborts when no more slices and no more repeats are wanted. */
  readonly released: AbortSignal;
}

/** Thrown inside the loop only: the loop ends before the slice is settled, and the slice goes back to the cursor. */
class EndedError extends Error {
  override readonly name = 'EndedError';
}

/**
 * The one delivery loop: next → encode → send → Outcome → done, wait, split, or drop and count. As many slices are in
 * flight as the settings have consumers, each with its own repeats, so that one slow slice does not hold up the others.
 */
export function createDelivery(options: DeliveryOptions): Delivery {
  const released = new AbortController();
  const outOfTime = new AbortController();
  const { cursor, settings, exporter, clock } = options;
  const { timeoutMs } = settings;
  const loop: Loop = {
    ...options,
    released: released.signal,
    attempts: createAttempts({ exporter, timeoutMs, clock, stop: outOfTime.signal }),
  };
  const consume = async (): Promise<void> => {
    for (;;) {
      const slice = await cursor.next(settings.batch, released.signal);
      if (slice === undefined) return;
      await deliverSlice(loop, slice);
    }
  };
  let consumers: Promise<void>[] = [];
  const settleWithin = async (budgetMs: number): Promise<void> => {
    const timer = setTimeout(() => {
      released.abort();
      outOfTime.abort();
    }, budgetMs);
    await Promise.all(consumers);
    clearTimeout(timer);
  };
  return {
    start: () => {
      consumers = Array.from({ length: settings.queue.consumers }, consume);
    },
    stop: settleWithin,
    release: (budgetMs) => {
      released.abort();
      return settleWithin(budgetMs);
    },
  };
}

async function deliverSlice(loop: Loop, slice: Slice): Promise<void> {
  const tally: Tally = { delivered: 0, dropped: new Map() };
  try {
    await deliverPart(loop, { id: slice.id, slice }, tally);
  } catch (error) {
    if (!(error instanceof EndedError)) throw error;
    loop.cursor.abandon(slice);
    return;
  }
  loop.cursor.done(slice);
  loop.events.settled(tally.delivered, tally.dropped);
}

async function deliverPart(loop: Loop, part: Part, tally: Tally): Promise<void> {
  const payloads = await encodePart(loop, part, tally);
  for (const [index, payload] of payloads.entries()) {
    const id = payloads.length === 1 ? part.id : `${part.id}.${index}`;
    const sending = { id, signal: part.slice.signal };
    const outcome = await sendUntilFinal(loop, payload, sending);
    if (outcome.kind === 'too_large' && index === 0) {
      const halves = await splitPart(loop, part);
      for (const half of halves) await deliverPart(loop, half, tally);
      if (halves.length > 0) return;
    }
    settlePayload(loop, payload, outcome, tally);
  }
}

async function encodePart(
  options: DeliveryOptions,
  { slice }: Part,
  tally: Tally,
): Promise<readonly Payload[]> {
  if (options.encode === undefined) return [{ body: slice.bytes, items: slice.items }];
  try {
    return await options.encode(slice);
  } catch {
    // The reason is not logged: an encoder's error may quote the content.
    options.logger.error('a batch cannot be encoded and is dropped', { items: slice.items });
    addDropped(tally, 'unprocessable', slice.items);
    return [];
  }
}

/** Two halves with ids of their own; none where the part holds one item, or cannot be read. */
async function splitPart(options: DeliveryOptions, part: Part): Promise<readonly Part[]> {
  if (part.slice.items < 2) return [];
  const halves = await options.split(part.slice).catch(() => []);
  if (halves.length < 2) return [];
  return halves.map((slice, index) => ({ id: `${part.id}/${index}`, slice }));
}

/** Repeats retryable attempts until the sink decides, the time for repeats is over, or shutdown runs out of time. */
async function sendUntilFinal(
  loop: Loop,
  payload: Payload,
  { id, signal }: Pick<Sending, 'id' | 'signal'>,
): Promise<Outcome> {
  const { settings, clock, events } = loop;
  const startedMs = clock.monotonic();
  for (let attempt = 1; ; attempt += 1) {
    const outcome = await loop.attempts.send(payload, { id, signal, attempt });
    if (outcome.kind === 'retryable' && loop.released.aborted) throw new EndedError();
    events.attempted(outcome);
    if (outcome.kind !== 'retryable' || !settings.retry.enabled) return outcome;
    const random = loop.random ?? Math.random;
    const waitMs = waitBeforeRetry(settings.retry, attempt, outcome.retryAfterMs, random);
    const { maxElapsedMs } = settings.retry;
    if (maxElapsedMs > 0 && clock.monotonic() + waitMs - startedMs > maxElapsedMs) return outcome;
    loop.logger.warn('sending failed and will be repeated', {
      cause: outcome.cause,
      error: outcome.message,
      attempt,
      wait_ms: Math.round(waitMs),
    });
    await clock.sleep(waitMs, loop.released).catch(() => {
      throw new EndedError();
    });
  }
}

function settlePayload(
  options: DeliveryOptions,
  payload: Payload,
  outcome: Outcome,
  tally: Tally,
): void {
  if (outcome.kind === 'delivered') {
    tally.delivered += payload.items;
    return;
  }
  const rejected = outcome.kind === 'partial' ? outcome.rejectedItems : payload.items;
  tally.delivered += payload.items - rejected;
  addDropped(tally, dropCauses[outcome.kind], rejected);
  options.logger.error('items were given up on', {
    reason: dropCauses[outcome.kind],
    error: outcome.message,
    items: rejected,
  });
}

const dropCauses = {
  partial: 'partial',
  rejected: 'rejected',
  too_large: 'too_large',
  retryable: 'retries_exhausted',
} as const satisfies Readonly<Record<string, DropCause>>;

function addDropped(tally: Tally, cause: DropCause, items: number): void {
  if (items > 0) tally.dropped.set(cause, (tally.dropped.get(cause) ?? 0) + items);
}
