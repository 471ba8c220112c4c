import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { reader } from '../../test/fuzz/check-request.ts';
import { captures } from '../../test/fuzz/corpus.ts';
import { encodeRequest } from '../../test/support/otlp-oracle.ts';
import { nestedValue, wrap } from '../../test/support/nested-value.ts';
import type { Plain } from '../../test/support/otlp-oracle.ts';
import type { Signal } from '../component/signal.ts';
import { QuickCounter, UNDECIDED } from './quick-count.ts';

const quick = new QuickCounter();
const traceId = Buffer.alloc(16, 1);
const spanId = Buffer.alloc(8, 1);

function request(signal: Signal, item: Plain): Uint8Array {
  const groups = {
    traces: { resourceSpans: [{ scopeSpans: [{ spans: [item] }] }] },
    logs: { resourceLogs: [{ scopeLogs: [{ logRecords: [item] }] }] },
    metrics: { resourceMetrics: [{ scopeMetrics: [{ metrics: [item] }] }] },
  };
  return encodeRequest(signal, groups[signal]);
}

function nested(levels: number): Buffer {
  const attribute = [wrap(0x0a, 'deep'), wrap(0x12, nestedValue(levels))];
  const span = [wrap(0x0a, traceId), wrap(0x12, spanId), wrap(0x4a, ...attribute)];
  return wrap(0x0a, wrap(0x12, wrap(0x12, ...span)));
}

describe('a quick count', () => {
  for (const { name, signal, bytes } of captures) {
    test(`of ${name} is what the walk counts`, () => {
      assert.equal(quick.count(signal, bytes), reader.open(signal, bytes).items);
    });

    test(`of ${name} cut off anywhere is what the walk counts, or undecided where it throws`, () => {
      for (let size = 0; size < bytes.length; size++) {
        const cut = bytes.subarray(0, size);
        let walked = UNDECIDED;
        try {
          walked = reader.open(signal, cut).items;
        } catch {
          // The walk refuses it.
        }
        assert.equal(quick.count(signal, cut), walked);
      }
    });
  }

  test('vouches for an empty request and for log records without ids', () => {
    assert.equal(quick.count('traces', new Uint8Array(0)), 0);
    assert.equal(quick.count('logs', request('logs', { body: { stringValue: 'x' } })), 1);
  });

  test('counts the data points of metrics', () => {
    const dataPoints = [{ asInt: '1' }, { asInt: '2' }, { asDouble: 0.5 }];
    assert.equal(quick.count('metrics', request('metrics', { sum: { dataPoints } })), 3);
    const buckets = { bucketCounts: ['1', '2'], explicitBounds: [1] };
    const histogram = { dataPoints: [buckets] };
    assert.equal(quick.count('metrics', request('metrics', { histogram })), 1);
  });

  test('leaves every item that the walk would refuse to the walk', () => {
    const good = { traceId, spanId };
    const bad: readonly Plain[] = [
      { spanId },
      { traceId },
      { ...good, traceId: Buffer.alloc(16) },
      { ...good, spanId: Buffer.alloc(8) },
      { ...good, traceId: Buffer.alloc(15, 1) },
      { ...good, spanId: Buffer.alloc(9, 1) },
      { ...good, parentSpanId: Buffer.alloc(7, 1) },
    ];
    assert.equal(quick.count('traces', request('traces', good)), 1);
    for (const item of bad) {
      const bytes = request('traces', item);
      assert.equal(reader.open('traces', bytes).rejected.items, 1);
      assert.equal(quick.count('traces', bytes), UNDECIDED);
    }
    const log = request('logs', { traceId: Buffer.alloc(3, 1) });
    assert.equal(quick.count('logs', log), UNDECIDED);
  });

  test('vouches for values as deep as the walk takes them, and no deeper', () => {
    for (let levels = 40; levels < 60; levels++) {
      const bytes = nested(levels);
      const isTaken = reader.open('traces', bytes).rejected.items === 0;
      assert.equal(isTaken, levels < 50);
      assert.equal(quick.count('traces', bytes), isTaken ? 1 : UNDECIDED, `${levels} levels`);
    }
  });
});
