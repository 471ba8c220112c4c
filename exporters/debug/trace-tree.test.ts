import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { formatDuration, formatRedactions, formatTokens, formatUsd } from './amounts.ts';
import { createPaint } from './palette.ts';
import { placeSpans } from './span-forest.ts';
import type { SpanRow } from './span-row.ts';
import { clipTerminalText, toTerminalText } from './terminal-text.ts';
import { renderTraces } from './trace-tree.ts';

function row(spanId: string, parentSpanId: string, startTimeUnixNano = 0n): SpanRow {
  return {
    traceId: 'f'.repeat(32),
    spanId,
    parentSpanId,
    name: spanId,
    service: '',
    startTimeUnixNano,
    durationMs: 1,
    kind: '',
    provider: '',
    model: '',
    tokens: {
      input: undefined,
      output: undefined,
      cacheRead: undefined,
      cacheWrite: undefined,
      reasoning: undefined,
    },
    costUsd: undefined,
    costStatus: '',
    costReason: '',
    failed: false,
    statusMessage: '',
    redactions: {},
    details: [],
  };
}

describe('the tree of a trace', () => {
  it('holds every span once, whatever the parents say', () => {
    const ids = fc.constantFrom('a', 'b', 'c', 'd', 'e', '');
    const spans = fc.array(fc.tuple(ids, ids), { maxLength: 12 });
    fc.assert(
      fc.property(spans, (pairs) => {
        const rows = pairs.map(([id, parent]) => row(id, parent));
        const placed = placeSpans(rows).map((span) => span.row);
        assert.equal(placed.length, rows.length);
        assert.deepEqual(new Set(placed), new Set(rows));
      }),
    );
  });

  it('puts children under their parent, by start time', () => {
    const rows = [row('late', 'root', 5n), row('root', ''), row('early', 'root', 1n)];
    assert.deepEqual(
      placeSpans(rows).map((span) => span.row.spanId),
      ['root', 'early', 'late'],
    );
  });

  it('shows spans whose parents form a ring', () => {
    const placed = placeSpans([row('a', 'b'), row('b', 'a'), row('c', 'c')]);
    assert.equal(placed.length, 3);
  });

  it('draws a trace deeper than any screen in bounded lines', () => {
    const rows = Array.from({ length: 20_000 }, (_, depth) =>
      row(String(depth), depth === 0 ? '' : String(depth - 1)),
    );
    const lines = renderTraces(rows, createPaint(false)).split('\n');
    assert.equal(lines.length, 20_002);
    assert.ok(lines.every((line) => line.length < 150));
  });
});

describe('amounts', () => {
  it('write dollars without exponents and with three significant digits', () => {
    assert.deepEqual([0, 4.5e-7, 0.00214, 0.5, 12.345].map(formatUsd), [
      '$0',
      '$0.00000045',
      '$0.00214',
      '$0.5',
      '$12.35',
    ]);
  });

  it('write durations in the unit that fits', () => {
    assert.deepEqual([0.02, 1, 12.34, 999, 1240, 125_000].map(formatDuration), [
      '20 µs',
      '1 ms',
      '12.3 ms',
      '999 ms',
      '1.24 s',
      '2m 05s',
    ]);
  });

  it('write the parts of tokens behind their whole', () => {
    const tokens = { input: 12_013, output: 211, cacheRead: 507, cacheWrite: 0, reasoning: 69 };
    assert.equal(formatTokens(tokens), '12,013 in (507 cached) → 211 out (69 reasoning)');
  });

  it('write redactions by entity, or the total where only that is known', () => {
    assert.equal(formatRedactions({ email: 2, card: 1 }), '3 (email 2, card 1)');
    assert.equal(formatRedactions({ masked: 4 }), '4');
    assert.equal(formatRedactions({}), '');
  });
});

describe('text for a terminal', () => {
  it('has no control characters, and says what stood there', () => {
    const text = fc.string({
      unit: fc.integer({ min: 0, max: 0x2100 }).map((code) => String.fromCharCode(code)),
    });
    fc.assert(
      fc.property(text, (value) => {
        // eslint-disable-next-line no-control-regex -- their absence is what is tested
        assert.doesNotMatch(toTerminalText(value), /[\u0000-\u001f\u007f-\u009f\u202a-\u202e]/);
      }),
    );
    assert.equal(toTerminalText('\u001b[2J\n\u202e'), '\\x1b[2J\\n\\u202e');
  });

  it('is cut with an ellipsis, and never inside a surrogate pair', () => {
    assert.equal(clipTerminalText('abcdef', 4), 'abc…');
    assert.equal(clipTerminalText('ab😀cd', 4), 'ab…');
    assert.equal(clipTerminalText('abcd', 4), 'abcd');
  });
});
