import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createUsage, type Usage } from '../usage.ts';
import { attoToUsd, toAtto } from './money.ts';
import { createQuote } from './quote.ts';
import { createRateCard, priceUsage } from './rate-card.ts';
import { type RateName, type RateSheet, toRate } from './rates.ts';

function sheet(rates: Partial<Record<RateName, number>>): RateSheet {
  return Object.fromEntries(
    Object.entries(rates).map(([name, usd]) => {
      // The keys are those of a record of rate names.
      const rate = toRate(name as RateName, usd, '1M', 'test');
      return [name, rate];
    }),
  );
}

function totalOf(rates: Partial<Record<RateName, number>>, counts: Partial<Usage>): number {
  const quote = createQuote();
  priceUsage(createRateCard(sheet(rates)), { ...createUsage(), ...counts }, quote);
  return quote.total;
}

test('amounts beyond what a double counts exactly are exact all the same', () => {
  // 9,007,199,254,740,991 tokens at $1 per million are 9,007,199,254.740991 USD
  const total = totalOf({ input: 1 }, { input: Number.MAX_SAFE_INTEGER });
  assert.equal(total, Number('9007199254.740991'));
  // A rate of less than a pico-USD: 3 tokens at $0.0000001 per million
  assert.equal(totalOf({ input: 1e-7 }, { input: 3 }), 3e-13);
});

test('the two ways of adding agree', () => {
  const usd = fc.integer({ min: 0, max: 1e9 }).map((millionths) => millionths / 1e6);
  const counts = fc.record({ input: fc.nat(1e6), cacheRead: fc.nat(1e6), output: fc.nat(1e6) });
  fc.assert(
    fc.property(usd, usd, usd, counts, (input, read, output, { cacheRead, ...rest }) => {
      const usage = { ...rest, input: rest.input + cacheRead, cacheRead };
      const rates = { input, cache_read: read, output };
      const exact =
        (BigInt(rest.input) * toAtto(input) +
          BigInt(cacheRead) * toAtto(read) +
          BigInt(rest.output) * toAtto(output)) /
        1_000_000n;
      assert.equal(totalOf(rates, usage), attoToUsd(exact));
    }),
  );
});

test('a kind of token without a price of its own costs what it is part of', () => {
  const rates = { input: 2, output: 8 };
  const plain = totalOf(rates, { input: 1000, output: 500 });
  const kinds = {
    cacheRead: 100,
    cacheWrite: 200,
    cacheWrite1h: 50,
    inputAudio: 300,
    reasoning: 400,
  };
  assert.equal(totalOf(rates, { input: 1000, output: 500, ...kinds }), plain);
});

test('subsets that are larger than their whole make no negative price', () => {
  const rates = { input: 2, cache_read: 1, input_audio: 9, output: 8, reasoning: 1 };
  const wrong = { input: 10, cacheRead: 50, inputAudio: 70, output: 5, reasoning: 90 };
  // 10 cached at $1 and 5 of reasoning at $1, per million
  assert.equal(totalOf(rates, wrong), 0.000015);
});

test('audio is priced by the minute, to the millisecond', () => {
  // 90.5 s at $0.006 a minute
  assert.equal(totalOf({ audio_minute: 0.006 }, { audioSeconds: 90.5 }), 0.00905);
});
