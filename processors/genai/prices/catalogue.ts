import { createRequire } from 'node:module';
import type * as GenaiPrices from '@pydantic/genai-prices';
import { modelNames } from './model-names.ts';
import { createRateCard, type RateCard } from './rate-card.ts';

/** A price card found for a model at a time. */
export interface Price {
  /** Provider and model as the catalogue names them: `openai/gpt-4o-mini`. */
  readonly model: string;
  readonly card: RateCard;
}

/** A model's prices over time, or why there are none. */
type Lookup =
  | { readonly at: (timeMs: number) => Price }
  | { readonly reason: 'unknown_model' | 'unknown_provider' };

/** Resolved models by provider and name. */
export interface Catalogue {
  /** Release and version of the data, as written to `genai.cost.catalog`. */
  readonly id: string;
  /** Finds a model's prices. Pure and offline: the data are bundled with the package. */
  find(provider: string | undefined, model: string): Lookup;
}

/** Enough for every model that one fleet uses; beyond it (hostile names) the cache starts over. */
const maxCachedModels = 4096;

/** Creates a catalogue over the bundled data of `@pydantic/genai-prices`, which are loaded on the first look-up. */
export function createCatalogue(id: string): Catalogue {
  const byProvider = new Map<string | undefined, Map<string, Lookup>>();
  let cached = 0;
  return {
    id,
    find(provider, model) {
      let models = byProvider.get(provider);
      const known = models?.get(model);
      if (known !== undefined) return known;
      if (cached++ >= maxCachedModels) {
        byProvider.clear();
        cached = 0;
        models = undefined;
      }
      if (models === undefined) byProvider.set(provider, (models = new Map<string, Lookup>()));
      const lookup = resolve(provider, model);
      models.set(model, lookup);
      return lookup;
    },
  };
}

const require = createRequire(import.meta.url);

/**
 * Loads the data on first use: they take 40 ms and 15 MB, which a worker that sees no gen_ai span should not spend. A
 * module that is only imported would be loaded with the worker.
 */
function library(): typeof GenaiPrices {
  // The package's own type declarations describe both of its module formats.
  return require('@pydantic/genai-prices') as typeof GenaiPrices;
}

function resolve(provider: string | undefined, model: string): Lookup {
  const { calcPrice, findProvider } = library();
  const names = modelNames(provider, model);
  for (const name of names) {
    const options = name.provider === undefined ? {} : { providerId: name.provider };
    const match = calcPrice({}, name.model, options);
    if (match !== null) return dated(match.provider.id, match.model);
  }
  const owner = names[0]?.provider;
  const isKnown = owner === undefined || findProvider({ providerId: owner }) !== undefined;
  return { reason: isKnown ? 'unknown_model' : 'unknown_provider' };
}

interface Period {
  readonly holds: (timeMs: number) => boolean;
  readonly card: RateCard;
}

function dated(provider: string, model: GenaiPrices.ModelInfo): Lookup {
  const name = `${provider}/${model.id}`;
  if (!Array.isArray(model.prices)) {
    const price: Price = { model: name, card: createRateCard(model.prices) };
    return { at: () => price };
  }
  const periods = model.prices.map(({ constraint, prices }): Period => {
    return { holds: toCondition(constraint), card: createRateCard(prices) };
  });
  const prices = periods.map(({ card }): Price => ({ model: name, card }));
  const first = prices[0] ?? { model: name, card: createRateCard({}) };
  // The last period that holds wins; before the first dated one, the first price is the best that is known.
  return { at: (timeMs) => prices[periods.findLastIndex((p) => p.holds(timeMs))] ?? first };
}

const msPerDay = 86_400_000;

function toCondition(constraint: GenaiPrices.ConditionalPrice['constraint']): Period['holds'] {
  if (constraint === undefined) return () => true;
  if (constraint.type === 'start_date') {
    const start = Date.parse(`${constraint.start_date}T00:00:00Z`);
    return (timeMs) => timeMs >= start;
  }
  const start = Date.parse(`1970-01-01T${constraint.start_time}`);
  const end = Date.parse(`1970-01-01T${constraint.end_time}`);
  return (timeMs) => {
    const time = ((timeMs % msPerDay) + msPerDay) % msPerDay;
    return end < start ? time >= start || time < end : time >= start && time < end;
  };
}
