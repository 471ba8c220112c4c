import type { Advice } from '../../../pipeline/component/processor.ts';
import { spelledProvider, toProvider } from '../provider.ts';
import { attoToUsd } from './money.ts';
import { loadBundledPrices } from './prepare-prices.ts';
import type { GenaiConfig } from '../config.ts';
import { splitModel } from './model-alias.ts';
import { createPriceBook, type Price, type UserPrices } from './price-book.ts';
import type { PriceRule } from './price-rule.ts';
import {
  isTokenRate,
  rateNames,
  type RateName,
  type TokenUnit,
  type WrittenRate,
} from './rates.ts';

/**
 * Bounds of honest prices per million tokens. In the catalogue of 2026 the cheapest input costs $0.003 (a reranker, then 0.01), the
 * cheapest cached input $0.002, and the dearest token $600. Prices per thousand of all but the cheapest models lie below.
 */
const lowestUsd = 0.003;
const lowestCachedUsd = 0.0005;
const highestUsd = 1000;

/** No discount is as large, and no other unit as near. */
const farFactor = 100;

/** No surcharge is as large; discounts in per cent are larger. */
const highMultiplier = 10;

const unitsPerMillion: Readonly<Record<TokenUnit, number>> = { '1M': 1, '1K': 1000 };

/**
 * What in the configuration is probably not meant: prices that look as if they were for another number of tokens, beside the
 * list price of their model or any model's, models that have no price to be taken, and names of providers that no span has by
 * the time it is priced.
 */
export function advisePrices(settings: GenaiConfig): Advice[] {
  const listPrice = createListPrices(settings);
  return [
    ...settings.prices.flatMap((rule, index) => advise(rule, index, listPrice)),
    ...adviseModels(settings),
    ...adviseNames(settings),
  ];
}

function advise(rule: PriceRule, index: number, listPrice: ListPrice): Advice[] {
  const { multiplier = 1 } = rule;
  const percent = `${multiplier} is ${multiplier} times the list price; ${multiplier} % of it is ${multiplier / 100}`;
  const factor = { path: ['prices', index, 'multiplier'], message: percent };
  return [
    ...(multiplier >= highMultiplier ? [factor] : []),
    ...adviseRates(rule, index, listPrice),
  ];
}

function adviseRates(rule: PriceRule, index: number, listPrice: ListPrice): Advice[] {
  return rateNames.filter(isTokenRate).flatMap((name) =>
    amountsOf(rule[name]).flatMap(([path, usd]) => {
      const message = guessUnit(usd, name, rule.unit) ?? compare(usd, name, rule, listPrice);
      return message === undefined ? [] : [{ path: ['prices', index, name, ...path], message }];
    }),
  );
}

/** The amounts of a price, with where each stands below its key. */
function amountsOf(written: WrittenRate | undefined): [path: string[], usd: number][] {
  if (written === undefined) return [];
  if (typeof written === 'number') return [[[], written]];
  if ('times' in written) return [];
  const above = Object.entries(written.above).map(([border, usd]): [string[], number] => [
    ['above', border],
    usd,
  ]);
  return [[['base'], written.base], ...above];
}

function guessUnit(usd: number, name: RateName, unit: TokenUnit): string | undefined {
  const perMillion = usd * unitsPerMillion[unit];
  const lowest = name.startsWith('cache_') ? lowestCachedUsd : lowestUsd;
  const said = `$${usd} per ${unit} tokens`;
  if (usd > 0 && perMillion < lowest) {
    const hint = unit === '1M' ? 'a price per 1K (unit: 1K) or per token' : 'a price per token';
    return `${said} is less than any model costs; it looks like ${hint}`;
  }
  if (perMillion > highestUsd) {
    const hint = unit === '1K' ? '; it looks like a price per 1M (unit: 1M)' : '';
    return `${said} is more than any model costs${hint}`;
  }
  return undefined;
}

/** Says where a price is far from the list price of the very model. */
function compare(
  usd: number,
  name: RateName,
  rule: PriceRule,
  listPrice: ListPrice,
): string | undefined {
  const price = usd === 0 ? undefined : listPrice(rule);
  const rate = price?.sheet[name];
  if (price === undefined || rate === undefined || rate.base === 0n) return undefined;
  const listed = attoToUsd(rate.base * 1_000_000n);
  const perMillion = usd * unitsPerMillion[rule.unit];
  const isLow = perMillion * farFactor < listed;
  if (!isLow && perMillion < listed * farFactor) return undefined;
  const other = isLow ? '1K' : '1M';
  const hint = rule.unit === other ? '' : `; it looks like a price per ${other} (unit: ${other})`;
  return `$${usd} per ${rule.unit} tokens is far from the list price of ${price.model}, $${listed} per 1M${hint}`;
}

/** The list price of the one model that an entry is about; undefined where it names several, or nobody lists it. */
type ListPrice = (rule: PriceRule) => Price | undefined;

/** The catalogue is read where there is something to look up: most configurations have no prices. */
function createListPrices({
  provider_aliases: aliases,
  model_aliases: models,
}: UserPrices): ListPrice {
  let book: ReturnType<typeof createPriceBook> | undefined;
  return ({ match: { provider, model }, effective_from: from = Date.now() }) => {
    if (provider === undefined || model === undefined) return undefined;
    if (provider.includes('*') || model.includes('*')) return undefined;
    book ??= createPriceBook(loadBundledPrices(), {
      provider_aliases: aliases,
      model_aliases: models,
      prices: [],
    });
    const price = book.find(toProvider(provider), model, '').at(from, 'standard');
    return typeof price === 'string' ? undefined : price;
  };
}

/** Models whose price is to be taken for others, and that have none; another catalogue may have it. */
function adviseModels(settings: GenaiConfig): Advice[] {
  const { fallback_model: fallback, model_aliases: aliases, unknown_model: unknown } = settings;
  if (fallback !== undefined && unknown === 'skip') {
    const message = 'nothing takes its price; write `unknown_model: fallback` too';
    return [{ path: ['fallback_model'], message }];
  }
  const named = aliases.map(({ as }, index) => ({
    path: ['model_aliases', index, 'as'],
    name: as,
  }));
  if (fallback !== undefined) named.unshift({ path: ['fallback_model'], name: fallback });
  if (named.length === 0 || settings.catalog.source !== 'bundled') return [];
  const book = createPriceBook(loadBundledPrices(), { ...settings, model_aliases: [] });
  return named.flatMap(({ path, name }) => {
    const { provider, model } = splitModel(name);
    const price = book.find(provider, model, '').at(Date.now(), 'standard');
    return typeof price === 'string' ? [{ path, message: `${name} has no price (${price})` }] : [];
  });
}

/** Names that spans have for providers are read as semconv's before prices are looked up, where they mean one of those. */
function adviseNames({ provider_aliases: aliases }: UserPrices): Advice[] {
  return Object.keys(aliases).flatMap((name) => {
    const read = toProvider(name);
    if (read === name.toLowerCase() || spelledProvider(name) !== undefined) return [];
    const message =
      read === undefined
        ? `"${name}" is a framework and read as no provider: name the models instead, in model_aliases`
        : `spans that say "${name}" are read as "${read}" before this is looked up; write "${read}" where all of its calls are meant`;
    return [{ path: ['provider_aliases', name], message }];
  });
}
