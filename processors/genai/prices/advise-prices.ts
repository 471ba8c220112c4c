import type { Advice } from '../../../pipeline/component/processor.ts';
import type { PriceRule } from './price-rule.ts';
import { isTokenRate, rateNames, type RateName, type TokenUnit } from './rates.ts';

/**
 * Bounds of honest prices per million tokens. In the catalogue of 2026 the cheapest input costs $0.003 (a reranker, then 0.01), the
 * cheapest cached input $0.002, and the dearest token $600. Prices per thousand of all but the cheapest models lie below.
 */
const lowestUsd = 0.003;
const lowestCachedUsd = 0.0005;
const highestUsd = 1000;

const unitsPerMillion: Readonly<Record<TokenUnit, number>> = { '1M': 1, '1K': 1000 };

/** Prices of the configuration that look as if they were meant for another number of tokens. */
export function advisePrices(rules: readonly PriceRule[]): Advice[] {
  return rules.flatMap((rule, index) =>
    rateNames.filter(isTokenRate).flatMap((name) => {
      const guess = guessUnit(rule, name);
      if (guess === undefined) return [];
      return [{ path: ['prices', index, name], message: guess }];
    }),
  );
}

function guessUnit(rule: PriceRule, name: RateName): string | undefined {
  const written = rule[name];
  if (written === undefined || (typeof written === 'object' && 'times' in written))
    return undefined;
  const usd = typeof written === 'number' ? written : written.base;
  const perMillion = usd * unitsPerMillion[rule.unit];
  const lowest = name.startsWith('cache_') ? lowestCachedUsd : lowestUsd;
  const said = `$${usd} per ${rule.unit} tokens`;
  if (usd > 0 && perMillion < lowest) {
    const hint =
      rule.unit === '1M' ? 'a price per 1K (unit: 1K) or per token' : 'a price per token';
    return `${said} is less than any model costs; it looks like ${hint}`;
  }
  if (perMillion > highestUsd) {
    const hint = rule.unit === '1K' ? '; it looks like a price per 1M (unit: 1M)' : '';
    return `${said} is more than any model costs${hint}`;
  }
  return undefined;
}
