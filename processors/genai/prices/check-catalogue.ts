import { priceKeys } from './catalogue-data.ts';
import { catalogueSchema, type CheckedCatalogue } from './catalogue-schema.ts';

/** Why a catalogue is refused; a closed set, because it is a metric label. */
export type CatalogueFault = 'malformed' | 'too_few_models' | 'shrunk' | 'price_jump';

/** What a new catalogue must keep to. */
export interface CatalogueLimits {
  readonly min_models: number;
  /** Share of the models of the catalogue before it that may be missing. */
  readonly max_shrink: number;
  /** How many times a price may be what it was, or that fraction of it. */
  readonly max_price_change: number;
}

/** A catalogue that may be used, or why not. */
export type CatalogueCheck =
  | { readonly ok: true; readonly json: string }
  | { readonly ok: false; readonly fault: CatalogueFault; readonly message: string };

/** Checks a catalogue's text, beside the one that it would take the place of; undefined where there is none to compare. */
export function checkCatalogue(
  text: string,
  before: string | undefined,
  limits: CatalogueLimits,
): CatalogueCheck {
  const parsed = parseCatalogue(text);
  if (typeof parsed === 'string') return { ok: false, fault: 'malformed', message: parsed };
  const prices = listPrices(parsed);
  if (prices.size < limits.min_models) {
    const message = `it has ${prices.size} models with a price, fewer than min_models (${limits.min_models})`;
    return { ok: false, fault: 'too_few_models', message };
  }
  const old = before === undefined ? undefined : parseCatalogue(before);
  if (old !== undefined && typeof old !== 'string') {
    const fault = compare(listPrices(old), prices, limits);
    if (fault !== undefined) return { ok: false, ...fault };
  }
  return { ok: true, json: JSON.stringify(parsed) };
}

/** The catalogue, or what is wrong with it. */
function parseCatalogue(text: string): CheckedCatalogue | string {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  const parsed = catalogueSchema.safeParse(data);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  return `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not a catalogue'}`;
}

/** The prices of each model that has any, those in force last, by key and size of the input. */
type Listed = ReadonlyMap<string, readonly (readonly [key: string, usd: number])[]>;

function listPrices(catalogue: CheckedCatalogue): Listed {
  const listed = catalogue.flatMap((provider) =>
    provider.models.map(({ id, prices }) => {
      const latest = Array.isArray(prices) ? prices.at(-1)?.prices : prices;
      return [`${provider.id}/${id}`, amountsOf(latest ?? {})] as const;
    }),
  );
  return new Map(listed.filter(([, amounts]) => amounts.length > 0));
}

type Prices = Extract<
  CheckedCatalogue[number]['models'][number]['prices'],
  Record<string, unknown>
>;

function amountsOf(prices: Prices): (readonly [key: string, usd: number])[] {
  return priceKeys.flatMap((key) => {
    const value = prices[key];
    if (value === undefined) return [];
    if (typeof value === 'number') return [[key, value] as const];
    const tiers = value.tiers.map(({ start, price }) => [`${key} above ${start}`, price] as const);
    return [[key, value.base] as const, ...tiers];
  });
}

function compare(
  before: Listed,
  after: Listed,
  { max_shrink: maxShrink, max_price_change: maxChange }: CatalogueLimits,
): { readonly fault: CatalogueFault; readonly message: string } | undefined {
  const missing = [...before.keys()].filter((model) => !after.has(model)).length;
  if (missing > before.size * maxShrink) {
    const message = `it lacks ${missing} of ${before.size} models or their prices, more than max_shrink (${maxShrink})`;
    return { fault: 'shrunk', message };
  }
  for (const [model, old] of before) {
    const prices = new Map(after.get(model));
    for (const [key, usd] of old) {
      const now = prices.get(key);
      if (now === undefined || usd === 0 || now === 0) continue;
      if (now <= usd * maxChange && now >= usd / maxChange) continue;
      const message = `${key} of ${model} goes from ${usd} to ${now}, more than max_price_change (${maxChange})`;
      return { fault: 'price_jump', message };
    }
  }
  return undefined;
}
