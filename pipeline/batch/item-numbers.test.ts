import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeRequest } from '../../test/support/otlp-oracle.ts';
import { createBatchReader } from './batch-reader.ts';
import { createKeys } from './create-keys.ts';

const reader = createBatchReader(createKeys());

test('ids are told by words, and times by milliseconds, as by text and nanoseconds', () => {
  const traceId = Buffer.from('0102030485060708090a0b0cfffefdfc', 'hex');
  const span = {
    traceId,
    spanId: Buffer.from('80000000ffffffff', 'hex'),
    startTimeUnixNano: '1790000000123456789',
    endTimeUnixNano: '18446744073709551615',
  };
  const bytes = encodeRequest('traces', { resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] });
  for (const item of reader.open('traces', bytes)) {
    const words = [0, 1, 2, 3].map((index) => item.traceId.word(index));
    assert.deepEqual(words, [0x01020304, 0x85060708 | 0, 0x090a0b0c, 0xfffefdfc | 0]);
    assert.equal(item.spanId.word(0), -0x80000000);
    assert.equal(item.spanId.word(1), -1);
    assert.equal(item.parentSpanId.word(1), 0);
    assert.equal(item.startUnixMs, Number(item.startTimeUnixNano) / 1e6);
    assert.equal(item.endUnixMs, Number(item.endTimeUnixNano) / 1e6);
  }
});

test('a log record without a time has the one at which it was observed', () => {
  const record = { observedTimeUnixNano: '1790000000000000000' };
  const bytes = encodeRequest('logs', {
    resourceLogs: [{ scopeLogs: [{ logRecords: [record] }] }],
  });
  for (const item of reader.open('logs', bytes)) {
    assert.equal(item.startUnixMs, 1_790_000_000_000);
    assert.equal(item.endUnixMs, 0);
  }
});
