import { parse } from 'yaml';
import { z } from 'zod';
import { recordingLogger } from '../../test/support/component-context.ts';
import type { Clock, LogFields } from '../component/context.ts';
import type { Delivery as Sending, DeliverySettings, Exporter } from '../component/exporter.ts';
import { delivered } from '../component/outcome.ts';
import type { Outcome } from '../component/outcome.ts';
import type { Payload, SliceBytes } from '../component/transform.ts';
import type { Cursor } from '../log/log.ts';
import { createMemoryLog } from '../log/memory-log.ts';
import { createAuthGate } from './auth-gate.ts';
import { deliveryKeys, toDeliverySettings } from './config.ts';
import type { DeadLetterEntry } from './dead-letter.ts';
import { createDelivery } from './delivery.ts';
import type { Delivery, DeliveryEvents, DeliveryOptions } from './delivery.ts';
import { createFailureLog } from './failure-log.ts';
import { createFlyingClock } from './flying-clock.ts';
import type { FlyingClock } from './flying-clock.ts';

const schema = z.strictObject(deliveryKeys({ timeout: '5s' }));

/** The settings of YAML text, as an exporter would have them. */
export function settingsOf(yaml: string): DeliverySettings {
  return toDeliverySettings(schema.parse(parse(yaml) ?? {}), { maxBytes: 1e6 });
}

/** One attempt as the sink saw it. */
export interface Sent {
  readonly body: string;
  readonly id: string;
  readonly attempt: number;
  readonly atMs: number;
}

/** What a sink answers; items are the letters of the body. */
export type Sink = (body: string, sending: Sending, payload: Payload) => Outcome | Promise<Outcome>;

/** A loop over a log in memory, whose items are single letters: `abc` is a request of three items. */
export interface LoopUnderTest {
  readonly clock: FlyingClock;
  readonly cursor: Cursor;
  readonly delivery: Delivery;
  readonly sent: Sent[];
  readonly lines: {
    readonly level: string;
    readonly message: string;
    readonly fields: LogFields;
  }[];
  readonly ledger: { delivered: number; dropped: Record<string, number> };
  readonly refused: DeadLetterEntry[];
  readonly append: (text: string) => Promise<void>;
  /** Starts the loop, lets it run until the log is empty, and gives the time that took. */
  readonly drain: () => Promise<number>;
}

/** What a test may replace. */
export type Overrides = Partial<DeliveryOptions>;

/** Builds the loop; `random` is 1, so that every wait is the longest possible. */
export async function createLoop(
  sink: Sink,
  yaml = '',
  overrides: Overrides = {},
): Promise<LoopUnderTest> {
  const settings = settingsOf(yaml);
  const clock = createFlyingClock();
  const log = createMemoryLog({ signal: 'traces', idPrefix: 'traces', clock });
  const ledger: LoopUnderTest['ledger'] = { delivered: 0, dropped: {} };
  const [sent, refused, lines]: [Sent[], DeadLetterEntry[], LoopUnderTest['lines']] = [[], [], []];
  const cursor = await log.cursor({
    exporterId: 'test',
    quota: settings.queue,
    onDropped: () => undefined,
  });
  const logger = recordingLogger(lines);
  const delivery = createDelivery({
    cursor,
    settings,
    exporter: recordingExporter(sink, sent, clock),
    split: halveLetters,
    gate: createAuthGate(clock, logger),
    deadLetter: {
      add: async (entries) => {
        refused.push(...(await Promise.resolve(entries)));
      },
    },
    events: recordEvents(ledger),
    clock,
    failures: createFailureLog(logger, clock),
    random: () => 1,
    ...overrides,
  });
  const append = async (text: string): Promise<void> => {
    await log.append({ bytes: Buffer.from(text), items: text.length, requests: 1 });
  };
  let isStarted = false;
  const start = (): void => {
    if (!isStarted) delivery.start();
    isStarted = true;
  };
  const drain = async (): Promise<number> => {
    const startedMs = clock.monotonic();
    log.seal();
    start();
    await delivery.stop(1e12);
    return clock.monotonic() - startedMs;
  };
  return {
    clock,
    cursor,
    delivery: { ...delivery, start },
    sent,
    lines,
    ledger,
    refused,
    append,
    drain,
  };
}

function recordingExporter(sink: Sink, sent: Sent[], clock: Clock): Exporter {
  return {
    send: async (payload, sending) => {
      const body = Buffer.from(payload.body).toString();
      const { id, attempt } = sending;
      sent.push({ body, id, attempt, atMs: clock.monotonic() });
      return await sink(body, sending, payload);
    },
  };
}

function recordEvents(ledger: LoopUnderTest['ledger']): DeliveryEvents {
  return {
    settled: (count, dropped) => {
      ledger.delivered += count;
      for (const [cause, items] of dropped) {
        ledger.dropped[cause] = (ledger.dropped[cause] ?? 0) + items;
      }
    },
    attempted: () => undefined,
  };
}

/** Halves as the real ones: the same way each time, none of a single item. */
export function halveLetters({ signal, bytes }: SliceBytes): Promise<readonly SliceBytes[]> {
  const middle = Math.ceil(bytes.byteLength / 2);
  if (bytes.byteLength < 2) return Promise.resolve([]);
  const halves = [bytes.subarray(0, middle), bytes.subarray(middle)];
  return Promise.resolve(halves.map((half) => ({ signal, bytes: half, items: half.byteLength })));
}

/** A failure that is repeated. */
export const busy: Outcome = { kind: 'retryable', cause: 'busy', message: 'HTTP 503' };

/** A sink that refuses whatever holds one of these letters. */
export function refusing(poison: string): Sink {
  return (body) =>
    Array.from(poison).some((letter) => body.includes(letter))
      ? { kind: 'rejected', message: 'HTTP 400: bad' }
      : delivered;
}
