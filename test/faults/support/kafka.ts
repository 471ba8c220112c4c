import assert from 'node:assert/strict';
import { readTopic } from '../../support/kafka-topic.ts';
import { decodeRequest } from '../../support/otlp-oracle.ts';
import { onDisk, toConfig } from './config.ts';
import type { Oracle } from './oracle.ts';

/** A configuration whose spans wait on disk for a topic. */
export function toTopic(topic: string, keys: object): string {
  const kafka = {
    topic,
    ...keys,
    timeout: '2s',
    retry_on_failure: { initial_interval: '20ms', max_interval: '200ms' },
    sending_queue: onDisk,
  };
  return toConfig({ exporters: { kafka }, storage: {} });
}

/** How often each span lies in a topic, by the id that the load gave it. */
async function spansIn(broker: string, topic: string): Promise<Map<number, number>> {
  const times = new Map<number, number>();
  for (const { value } of await readTopic(broker, topic)) {
    const request = decodeRequest('traces', value) as {
      resourceSpans?: { scopeSpans?: { spans?: { spanId: Uint8Array }[] }[] }[];
    };
    for (const { scopeSpans = [] } of request.resourceSpans ?? []) {
      for (const { spanId } of scopeSpans.flatMap(({ spans = [] }) => spans)) {
        const id = Number(Buffer.from(spanId).readBigUInt64BE());
        times.set(id, (times.get(id) ?? 0) + 1);
      }
    }
  }
  return times;
}

/** @throws AssertionError where the topic lacks a span that was acknowledged. */
export async function assertNothingLost(
  oracle: Oracle,
  broker: string,
  topic: string,
): Promise<void> {
  const stored = await spansIn(broker, topic);
  assert.ok(oracle.acknowledged.size > 0);
  assert.deepEqual(
    [...oracle.acknowledged].filter((id) => !stored.has(id)),
    [],
  );
}
