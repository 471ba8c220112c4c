import type { EachBatchPayload, KafkaMessage } from 'kafkajs';
import type { Clock, Meter } from '../../pipeline/component/context.ts';
import type { ByteBudget } from '../../pipeline/component/budget.ts';
import type { Ingress, IngressRequest, Stamp } from '../../pipeline/component/receiver.ts';
import type { Signal } from '../../pipeline/component/signal.ts';
import { followSignal } from './follow-signal.ts';

/** Where the messages of a topic go. */
export interface TopicRoute {
  readonly signal: Signal;
  readonly encoding: IngressRequest['encoding'];
  /** Names of the headers that become resource attributes. */
  readonly headers: readonly string[];
}

/** What consuming needs. */
export interface BatchConsumer {
  readonly ingress: Ingress;
  readonly budget: ByteBudget;
  readonly meter: Meter;
  readonly clock: Pick<Clock, 'sleep'>;
  readonly heartbeatMs: number;
  /** Aborts when the receiver ends: nothing is repeated any more. */
  readonly ending: AbortSignal;
  /** Counts the times that the group was joined: what was fetched before the last one may be another member's now. */
  readonly membership: { joins: number };
  /** Aborts some time later: nothing is waited for any more. */
  readonly ended: AbortSignal;
}

/** Waits for bytes of the ingress budget no longer than this at a time, to see whether it is still worth it. */
const budgetWaitMs = 1000;

/** Where too many wait already the answer is no at once: it is asked again after this. */
const budgetPauseMs = 50;

/** The batch cannot be finished: the receiver ends, or the partition goes to another member. */
class UnfinishedError extends Error {
  override readonly name = 'UnfinishedError';
}

/**
 * Gives the messages that were fetched from one partition to the pipelines, and commits the offset behind them once all
 * of them are settled. Until then nothing more of the partition is fetched, so that a log that is full, or a sink that is
 * away, holds it back. Heartbeats go on meanwhile. Where the partition is taken away first, nothing is committed: whoever
 * gets it reads these messages again.
 */
export async function consumeBatch(
  consumer: BatchConsumer,
  route: TopicRoute,
  payload: EachBatchPayload,
): Promise<void> {
  const { batch } = payload;
  const last = batch.messages.at(-1);
  if (last === undefined) return;
  const { joins } = consumer.membership;
  const given = followSignal(consumer.ending);
  const giveUp = given.signal;
  try {
    const all = Promise.all(
      batch.messages.map((message) => consumeMessage(consumer, route, { message, giveUp })),
    ).then(() => consumer.ingress.settled(route.signal));
    await keepAlive(consumer, payload, all);
  } catch (error) {
    given.abort();
    if (error instanceof UnfinishedError) return;
    throw error;
  } finally {
    given.unfollow();
  }
  // Its next member may have committed more by now: an offset must not go back.
  if (consumer.membership.joins !== joins) return;
  const partitions = [{ partition: batch.partition, offset: String(BigInt(last.offset) + 1n) }];
  await payload.commitOffsetsIfNecessary({ topics: [{ topic: batch.topic, partitions }] });
  // Only now: where the commit fails, the messages are read again, and their offset is committed then.
  payload.resolveOffset(last.offset);
  count(consumer.meter, route, batch.messages);
}

/** Waits for the work, with heartbeats; a heartbeat throws where the group is rebalanced. */
async function keepAlive(
  { clock, heartbeatMs, ended }: BatchConsumer,
  payload: EachBatchPayload,
  work: Promise<void>,
): Promise<void> {
  const waking = followSignal(ended);
  const state = { isDone: false };
  const done = work.finally(() => {
    state.isDone = true;
    waking.abort();
  });
  // What comes after a failed heartbeat is nobody's any more.
  done.catch(() => undefined);
  try {
    for (;;) {
      await clock.sleep(heartbeatMs, waking.signal).catch(() => undefined);
      if (state.isDone) break;
      if (ended.aborted) throw new UnfinishedError();
      await payload.heartbeat();
    }
  } finally {
    waking.unfollow();
  }
  await done;
}

interface Consuming {
  readonly message: KafkaMessage;
  readonly giveUp: AbortSignal;
}

/** Resolves once a pipeline has the message, or none ever will. @throws UnfinishedError */
async function consumeMessage(
  consumer: BatchConsumer,
  { signal, encoding, headers }: TopicRoute,
  { message, giveUp }: Consuming,
): Promise<void> {
  const { ingress, meter, clock } = consumer;
  const skip = (reason: 'empty' | 'invalid' | 'too_large'): void => {
    meter.count('weir_receiver_kafka_skipped_messages_total', { signal, reason });
  };
  const { value } = message;
  if (value === null || value.length === 0) {
    skip('empty');
    return;
  }
  const stamps = toStamps(message, headers);
  const reservation = await reserve(consumer, value.length, giveUp);
  try {
    for (;;) {
      // A copy: what was fetched with it must not stay in memory as long as it does.
      const verdict = await ingress.consume({
        signal,
        body: new Uint8Array(value),
        encoding,
        compression: 'identity',
        maxBytes: Infinity,
        stamps,
      });
      if (verdict.kind === 'invalid' || verdict.kind === 'too_large') skip(verdict.kind);
      if (verdict.kind !== 'unavailable') return;
      if (giveUp.aborted) throw new UnfinishedError();
      await clock.sleep(verdict.retryAfterMs, giveUp).catch(() => {
        throw new UnfinishedError();
      });
    }
  } finally {
    reservation?.release();
  }
}

function toStamps({ headers = {} }: KafkaMessage, names: readonly string[]): Stamp[] {
  return names.flatMap((name) => {
    const value = headers[name];
    const [text] = Array.isArray(value) ? value : [value];
    return text === undefined ? [] : [{ key: `kafka.header.${name}`, value: text.toString() }];
  });
}

/** A message over the whole budget goes without: the brokers bound it. */
async function reserve(
  { budget, clock }: BatchConsumer,
  bytes: number,
  giveUp: AbortSignal,
): Promise<ReturnType<ByteBudget['take']>> {
  while (bytes <= budget.limit) {
    const reservation = await budget.reserve(bytes, budgetWaitMs);
    if (reservation !== undefined) return reservation;
    await clock.sleep(budgetPauseMs, giveUp).catch(() => {
      throw new UnfinishedError();
    });
  }
  return undefined;
}

function count(meter: Meter, { signal }: TopicRoute, messages: readonly KafkaMessage[]): void {
  const bytes = messages.reduce((sum, { value }) => sum + (value?.length ?? 0), 0);
  meter.count('weir_receiver_kafka_messages_total', { signal }, messages.length);
  meter.count('weir_receiver_kafka_message_bytes_total', { signal }, bytes);
}
