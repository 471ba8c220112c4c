import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkCatalogue } from './check-catalogue.ts';
import { loadBundledCatalogue } from './load-catalogue.ts';

const limits = { min_models: 2, max_shrink: 0.2, max_price_change: 10 };

interface Model {
  readonly id: string;
  readonly match: unknown;
  readonly prices: unknown;
}

function catalogue(...models: readonly Partial<Model>[]): string {
  const full = models.map((model, index) => ({
    id: `m${index}`,
    match: { equals: `m${index}` },
    prices: { input_mtok: 1, output_mtok: 2 },
    ...model,
  }));
  return JSON.stringify([{ id: 'acme', name: 'Acme', models: full }]);
}

function faultOf(text: string, before?: string): string {
  const check = checkCatalogue(text, before, limits);
  return check.ok ? 'none' : check.fault;
}

test('the bundled catalogue passes, and comes out of the check as it went in', () => {
  const { json } = loadBundledCatalogue();
  const check = checkCatalogue(json, json, { ...limits, min_models: 1000 });
  assert.ok(check.ok);
  const again = checkCatalogue(check.json, json, { ...limits, min_models: 1000 });
  assert.deepEqual(again, check);
});

test('what is no catalogue is malformed', () => {
  assert.equal(faultOf('<html>'), 'malformed');
  assert.equal(faultOf('{"models":[]}'), 'malformed');
  assert.equal(faultOf(catalogue({ prices: { input_mtok: '1' } }, {})), 'malformed');
  assert.equal(faultOf(catalogue({ prices: { input_mtok: -1 } }, {})), 'malformed');
  assert.equal(faultOf(catalogue({ match: { regex: '(' } }, {})), 'malformed');
  assert.equal(faultOf(catalogue({ match: { sounds_like: 'gpt' } }, {})), 'malformed');
  const undated = [{ constraint: { start_date: 'soon' }, prices: { input_mtok: 1 } }];
  assert.equal(faultOf(catalogue({ prices: undated }, {})), 'malformed');
});

test('a catalogue of too few models, or with many gone, is refused', () => {
  const before = catalogue({}, {}, {}, {}, {});
  assert.equal(faultOf(catalogue({})), 'too_few_models');
  assert.equal(faultOf(catalogue({}, {}, {}), before), 'shrunk');
  assert.equal(faultOf(catalogue({}, {}, {}, {}), before), 'none');
});

test('models whose prices have gone count as gone, as where a new format names them otherwise', () => {
  const renamed = { prices: { input_per_mtok: 1, output_per_mtok: 2 } };
  assert.equal(faultOf(catalogue(renamed, renamed)), 'too_few_models');
  const before = catalogue({}, {}, {});
  assert.equal(faultOf(catalogue({}, {}, renamed), before), 'shrunk');
  // A model that is priced by something else than tokens has a price.
  assert.equal(faultOf(catalogue({ prices: { requests_kcount: 1 } }, {})), 'none');
});

test('a jump of any price is one: of cached tokens, of searches, of large inputs', () => {
  for (const [key, usd, jumped] of [
    ['cache_read_mtok', 0.1, 1.1],
    ['web_searches_kcount', 10, 10_000],
    [
      'output_mtok',
      { base: 1, tiers: [{ start: 200_000, price: 2 }] },
      { base: 1, tiers: [{ start: 200_000, price: 21 }] },
    ],
  ] as const) {
    const priced = (value: unknown) => catalogue({ prices: { input_mtok: 1, [key]: value } }, {});
    assert.equal(faultOf(priced(usd), priced(usd)), 'none', key);
    assert.equal(faultOf(priced(jumped), priced(usd)), 'price_jump', key);
  }
});

test('a price that jumps by more than it may, up or down, refuses the whole catalogue', () => {
  const before = catalogue({}, {});
  const priced = (usd: number): string => catalogue({ prices: { input_mtok: usd } }, {});
  assert.equal(faultOf(priced(10), before), 'none');
  assert.equal(faultOf(priced(10.1), before), 'price_jump');
  assert.equal(faultOf(priced(0.09), before), 'price_jump');
  // A model that becomes free is no mistake of a unit.
  assert.equal(faultOf(priced(0), before), 'none');
  const tiered = { input_mtok: { base: 1e-6, tiers: [{ start: 200_000, price: 2 }] } };
  assert.equal(faultOf(catalogue({ prices: tiered }, {}), before), 'price_jump');
});
