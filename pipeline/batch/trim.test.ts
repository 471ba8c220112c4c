import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { captures } from '../../test/fuzz/corpus.ts';
import { decodeRequest, encodeRequest } from '../../test/support/otlp-oracle.ts';
import type { Plain } from '../../test/support/otlp-oracle.ts';
import type { Signal } from '../component/signal.ts';
import { createBatchReader } from './batch-reader.ts';
import { createKeys } from './create-keys.ts';
import { QuickCounter, UNDECIDED } from './quick-count.ts';
import type { ItemLimits, Trimmed } from './trim.ts';

const keys = createKeys();
const reader = createBatchReader(keys);
const limits: ItemLimits = { attributes: 3, events: 2, links: 1, valueBytes: 20 };
const ids = { traceId: Buffer.alloc(16, 1), spanId: Buffer.alloc(8, 1) };

function text(key: string, value: string): Plain {
  return { key, value: { stringValue: value } };
}

function request(signal: 'traces' | 'logs', ...items: readonly Plain[]): Uint8Array {
  return encodeRequest(
    signal,
    signal === 'traces'
      ? { resourceSpans: [{ scopeSpans: [{ spans: items }] }] }
      : { resourceLogs: [{ scopeLogs: [{ logRecords: items }] }] },
  );
}

function trim(signal: Signal, bytes: Uint8Array): readonly [Trimmed | undefined, Uint8Array] {
  const batch = reader.open(signal, bytes);
  const trimmed = batch.trim(limits);
  return [trimmed, batch.encode()];
}

const nothing: Trimmed = { attributes: 0, events: 0, links: 0, bodies: 0, texts: 0 };

describe('trimming', () => {
  test('keeps the first attributes, events and links, and counts the others in the span', () => {
    const attributes = ['a', 'b', 'c', 'd', 'e'].map((key) => text(key, key));
    const events = ['x', 'y', 'z'].map((name) => ({ name }));
    const links = [ids, ids, ids];
    const span = { ...ids, name: 'wide', attributes, events, links, droppedAttributesCount: 40 };
    const beside = { ...ids, name: 'beside', attributes: attributes.slice(2) };
    const [trimmed, bytes] = trim('traces', request('traces', span, beside));
    assert.deepEqual(trimmed, { ...nothing, attributes: 2, events: 1, links: 2 });
    const kept = {
      ...span,
      attributes: attributes.slice(0, 3),
      events: events.slice(0, 2),
      links: [ids],
      droppedAttributesCount: 42,
      droppedEventsCount: 1,
      droppedLinksCount: 2,
    };
    const wanted = decodeRequest('traces', request('traces', kept, beside));
    assert.deepEqual(decodeRequest('traces', bytes), wanted);
  });

  test('cuts a long text at the end of a character', () => {
    const span = { ...ids, attributes: [text('key', 'é'.repeat(20)), text('k', 'short')] };
    const [trimmed, bytes] = trim('traces', request('traces', span));
    assert.deepEqual(trimmed, { ...nothing, texts: 1 });
    const cut = { ...ids, attributes: [text('key', 'é'.repeat(8)), text('k', 'short')] };
    assert.deepEqual(
      decodeRequest('traces', bytes),
      decodeRequest('traces', request('traces', cut)),
    );
  });

  test('drops large values that are no text, and texts whose key leaves no room', () => {
    const bytesValue = Buffer.alloc(30);
    const attributes = [{ key: 'b', value: { bytesValue } }, text('k'.repeat(25), 'v')];
    const [trimmed, bytes] = trim('traces', request('traces', { ...ids, attributes }));
    assert.deepEqual(trimmed, { ...nothing, attributes: 2 });
    const empty = request('traces', { ...ids, droppedAttributesCount: 2 });
    assert.deepEqual(Buffer.from(bytes), Buffer.from(empty));
  });

  test('cuts the text of a log body and leaves out a large body of another kind', () => {
    const long = { body: { stringValue: 'b'.repeat(30) }, severityText: 'INFO' };
    const values = [{ stringValue: 'b'.repeat(30) }];
    const list = {
      body: { arrayValue: { values } },
      attributes: ['a', 'b', 'c', 'd'].map((key) => text(key, key)),
    };
    const [trimmed, bytes] = trim('logs', request('logs', long, list));
    assert.deepEqual(trimmed, { ...nothing, attributes: 1, bodies: 1, texts: 1 });
    const wanted = request(
      'logs',
      { ...long, body: { stringValue: 'b'.repeat(20) } },
      { attributes: list.attributes.slice(0, 3), droppedAttributesCount: 1 },
    );
    assert.deepEqual(decodeRequest('logs', bytes), decodeRequest('logs', wanted));
  });

  test('keeps what was refused when the batch was opened', () => {
    const attributes = ['a', 'b', 'c', 'd'].map((key) => text(key, key));
    const bytes = request('traces', { traceId: ids.traceId }, { ...ids, attributes });
    const batch = reader.open('traces', bytes);
    assert.deepEqual(batch.trim(limits), { ...nothing, attributes: 1 });
    assert.equal(batch.rejected.items, 1);
    assert.equal(batch.items, 1);
  });

  test('leaves a request within the limits as the very bytes', () => {
    const bytes = request('traces', { ...ids, attributes: [text('a', 'b')], events: [{}] });
    const [trimmed, encoded] = trim('traces', bytes);
    assert.equal(trimmed, undefined);
    assert.equal(encoded, bytes);
  });

  for (const { name, signal, bytes } of captures) {
    test(`of ${name} leaves a request that trims to nothing more`, () => {
      const [trimmed, once] = trim(signal, bytes);
      if (trimmed === undefined) {
        assert.equal(once, bytes);
        return;
      }
      assert.equal(reader.open(signal, once).items, reader.open(signal, bytes).items);
      assert.deepEqual(trim(signal, once), [undefined, once]);
    });
  }

  test('is left to the walk where a quick count cannot rule it out', () => {
    const quick = new QuickCounter({ ...limits, events: 3, links: 3 });
    const three = ['a', 'b', 'c'].map((key) => text(key, key));
    assert.equal(quick.count('traces', request('traces', { ...ids, attributes: three })), 1);
    for (const attributes of [[...three, text('d', 'd')], [text('k', 'v'.repeat(30))]]) {
      assert.equal(quick.count('traces', request('traces', { ...ids, attributes })), UNDECIDED);
    }
  });
});
