import { attoToUsd } from '../../../processors/genai/prices/money.ts';
import type { Price } from '../../../processors/genai/prices/price-book.ts';
import type { ServiceTier } from '../../../processors/genai/prices/price-rule.ts';
import { isTokenRate, type Rate, rateNames } from '../../../processors/genai/prices/rates.ts';
import { toProvider } from '../../../processors/genai/provider.ts';
import { CommandFailure } from '../exit-code.ts';
import type { PriceOptions } from '../prices.ts';
import { printData, printJson } from '../terminal.ts';
import { openBook } from './open-book.ts';

/** Options of `weir prices show`. */
export interface ShowOptions extends PriceOptions {
  readonly at?: number;
  readonly tier: ServiceTier;
  readonly server?: string;
  readonly json?: boolean;
}

/** One price, as `--json` prints it. */
interface ShownRate {
  /** USD for `per`. */
  readonly usd: number;
  readonly per: string;
  /** Prices of calls with more input tokens than `over`. */
  readonly above?: readonly { readonly over: number; readonly usd: number }[];
  readonly from: string;
}

/** Prints the prices of a model. @throws CommandFailure with exit code 1 where it has none. */
export async function showPrice(
  provider: string,
  model: string,
  options: ShowOptions,
): Promise<void> {
  const { book } = await openBook(options);
  const owner = toProvider(provider);
  const at = options.at ?? Date.now();
  const { tier } = options;
  const price = book.find(owner, model, options.server ?? '').at(at, tier);
  if (typeof price === 'string') {
    if (options.json === true) printJson({ status: 'unpriced', reason: price });
    throw new CommandFailure(`weir prices: no price for ${provider} ${model}: ${price}`);
  }
  const shown = { price, at: new Date(at).toISOString(), tier };
  if (options.json === true) printJson(toJson(shown));
  else printData(toText(shown));
}

interface Shown {
  readonly price: Price;
  readonly at: string;
  readonly tier: ServiceTier;
}

function toJson({ price, at, tier }: Shown): unknown {
  const { model, source, catalog } = price;
  return { model, source, catalog, at, tier, rates: Object.fromEntries(ratesOf(price)) };
}

function ratesOf({ sheet }: Price): [string, ShownRate][] {
  return rateNames.flatMap((name): [string, ShownRate][] => {
    const rate = sheet[name];
    return rate === undefined ? [] : [[name, toShown(rate, isTokenRate(name), name)]];
  });
}

function toShown(rate: Rate, isToken: boolean, name: string): ShownRate {
  const usd = (amount: bigint): number => attoToUsd(isToken ? amount * 1_000_000n : amount);
  const above = rate.above.map(({ over, rate: one }) => ({ over, usd: usd(one) }));
  return {
    usd: usd(rate.base),
    per: isToken ? '1M tokens' : name.replace('_', ' '),
    ...(above.length > 0 && { above }),
    from: rate.origin,
  };
}

function toText(shown: Shown): string {
  const { price, at, tier } = shown;
  const rows = [['rate', 'USD', 'per', 'from']];
  for (const [name, { usd, per, above = [], from }] of ratesOf(price)) {
    rows.push([name, String(usd), per, from]);
    for (const tier of above) {
      rows.push([`  over ${tier.over} input tokens`, String(tier.usd), per, from]);
    }
  }
  const widths = [0, 1, 2].map((column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  return `${price.model}, ${tier}, at ${at}\ncatalogue ${price.catalog}, source ${price.source}\n\n${lines.join('\n')}`;
}
