import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { encodeRequest } from '../../test/support/otlp-oracle.ts';
import { createKeys } from '../../pipeline/batch/create-keys.ts';
import { createBatchReader } from '../../pipeline/batch/batch-reader.ts';
import { createEncode } from './clickhouse.worker.ts';
import { dayOf } from './row-set.ts';
import { toCostUnits } from './typed-values.ts';

const reader = createBatchReader(createKeys());
const dayNs = 86_400_000_000_000n;

describe('rows for ClickHouse', () => {
  it('are split by day of their time, in UTC', () => {
    const times = [0n, dayNs - 1n, dayNs, 2n * dayNs - 1n].map((ns) => ns + 20_000n * dayNs);
    const bytes = encodeRequest('traces', {
      resourceSpans: [
        { scopeSpans: [{ spans: times.map((ns) => ({ startTimeUnixNano: String(ns) })) }] },
      ],
    });
    const payloads = createEncode('traces')({ signal: 'traces', bytes, items: 4 }, reader);
    assert.deepEqual(
      payloads.map(({ items, route }) => ({ items, route })),
      [
        { items: 2, route: { kind: 'traces', day: 20_000 } },
        { items: 2, route: { kind: 'traces', day: 20_001 } },
      ],
    );
  });

  it('come out the same from the same bytes, whatever was encoded before', () => {
    const encode = createEncode('traces');
    const request = (name: string, attributes: number): Uint8Array =>
      encodeRequest('traces', {
        resourceSpans: [
          {
            scopeSpans: [
              {
                spans: [
                  {
                    name,
                    attributes: Array.from({ length: attributes }, (_, index) => ({
                      key: `key.${index}`,
                      value: { stringValue: 'v'.repeat(index * 3) },
                    })),
                    events: [{ name: 'e' }],
                  },
                ],
              },
            ],
          },
        ],
      });
    const rowsOf = (bytes: Uint8Array): Uint8Array[] =>
      encode({ signal: 'traces', bytes, items: 1 }, reader).map(({ body }) => body);
    const first = rowsOf(request('one', 300));
    rowsOf(request('two', 1));
    assert.deepEqual(rowsOf(request('one', 300)), first);
  });

  it('give items that have no table a payload without a route, so that the ledger balances', () => {
    const bytes = encodeRequest('metrics', {
      resourceMetrics: [{ scopeMetrics: [{ metrics: [{ name: 'no data' }] }] }],
    });
    const payloads = createEncode('metrics')({ signal: 'metrics', bytes, items: 1 }, reader);
    assert.deepEqual(payloads, [{ body: new Uint8Array(0), items: 1 }]);
  });

  it('hold bytes of their own, so that they can be moved to another thread', () => {
    const encode = createEncode('traces');
    const bytes = encodeRequest('traces', {
      resourceSpans: [{ scopeSpans: [{ spans: [{ name: 'a' }] }] }],
    });
    const [payload] = encode({ signal: 'traces', bytes, items: 1 }, reader);
    assert.equal(payload?.body.byteLength, payload?.body.buffer.byteLength);
  });
});

describe('the day of a time', () => {
  it('is exact for every nanosecond of 64 bits', () => {
    const time = fc.oneof(
      fc.bigInt(0n, (1n << 64n) - 1n),
      fc
        .tuple(fc.bigInt(0n, 200_000n), fc.constantFrom(-1n, 0n, 1n))
        .map(([day, offset]) => BigInt.asUintN(64, day * dayNs + offset)),
    );
    fc.assert(
      fc.property(time, (ns) => {
        const day = dayOf(Number(ns & 0xffff_ffffn), Number(ns >> 32n));
        assert.equal(BigInt(day), ns / dayNs);
      }),
    );
  });
});

describe('a cost in units of a Decimal(18, 12)', () => {
  it('is the decimal that the double was written as', () => {
    const decimal = fc.tuple(fc.bigInt(0n, 999n), fc.bigInt(0n, 10n ** 12n - 1n));
    fc.assert(
      fc.property(decimal, ([whole, fraction]) => {
        const text = `${whole}.${String(fraction).padStart(12, '0')}`;
        assert.equal(toCostUnits(Number(text)), whole * 10n ** 12n + fraction);
      }),
    );
  });

  it('keeps large sums to the cent', () => {
    assert.equal(toCostUnits(123_456.78), 123_456_780_000_000_000n);
    assert.equal(toCostUnits(999_999.99), 999_999_990_000_000_000n);
    assert.equal(toCostUnits(-0.25), -250_000_000_000n);
  });
});
