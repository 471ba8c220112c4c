import { inferProvider } from '../provider.ts';
import { type CatalogueProvider, periodsOf, toSheet } from './catalogue-data.ts';
import { createModelMatcher, type ModelMatch, type ModelMatcher } from './model-match.ts';
import { type ModelName, modelNames } from './model-names.ts';
import { compileModelAliases, type ModelAlias } from './model-alias.ts';
import {
  type CompiledRule,
  compileRules,
  type PriceRule,
  type RuleName,
  type ServiceTier,
  serviceTiers,
  tierAt,
} from './price-rule.ts';
import { createProviderIds } from './provider-ids.ts';
import { createRateCard, type RateCard } from './rate-card.ts';
import type { RateSheet } from './rates.ts';
import { bordersOf, createTimeline, holds } from './timeline.ts';

/** A price found for a model at a time. One object for each, so that it can be a key. */
export interface Price {
  /** Provider and model of the card: `openai/gpt-4o-mini`. */
  readonly model: string;
  readonly card: RateCard;
  /** The rates that the card was made of, with where each came from. */
  readonly sheet: RateSheet;
  /** `estimated`: of another model than the one that was named, on an assumption. */
  readonly source: 'catalog' | 'override' | 'estimated';
  /** The catalogue's id. */
  readonly catalog: string;
}

/** Why a model has no price. */
export type NoPrice = 'unknown_model' | 'unknown_provider' | 'unknown_tier';

/** A model's prices over time. */
export interface Lookup {
  /** Whether the user said what this name stands for. */
  readonly isAliased: boolean;
  at(timeMs: number, tier: ServiceTier): Price | NoPrice;
}

/** Prices of our own over those of the catalogue; shipped as `overlay.yaml`. */
export interface Overlay {
  /** The day on which the catalogue that is bundled was published, and on which the overlay was last gone through. */
  readonly released: string;
  /** Providers as semconv or SDKs name them, and the catalogue's ids. */
  readonly provider_aliases: Readonly<Record<string, string>>;
  readonly prices: readonly PriceRule[];
}

/** What a price book is made of; plain data, so that it crosses to workers. */
export interface PriceSources {
  /** As written to `genai.cost.catalog`. */
  readonly id: string;
  /** The providers as JSON, parsed when the first model is looked up. */
  readonly json: string;
  readonly overlay: Overlay;
}

/** What the user says about prices; keys of the processor's configuration. */
export interface UserPrices {
  readonly provider_aliases: Readonly<Record<string, string>>;
  readonly model_aliases: readonly ModelAlias[];
  readonly prices: readonly PriceRule[];
}

/** All prices there are: the user's over the overlay's over the catalogue's. */
export interface PriceBook {
  readonly id: string;
  /** Whether the user says of any name what it stands for. */
  readonly hasAliases: boolean;
  /** Whether look-ups depend on the server that a call went to. */
  readonly usesServer: boolean;
  /** Finds a model's prices. A provider is in semconv's words; undefined lets the model's name decide. */
  find(provider: string | undefined, model: string, server: string): Lookup;
}

/** Enough for every model that one fleet uses; beyond it (hostile names) the cache starts over. */
const maxCachedModels = 4096;

/** Longer names are nobody's model, and patterns need not be tried on them. */
const maxNameLength = 256;

/** Creates a price book; look-ups are remembered. */
export function createPriceBook(sources: PriceSources, user: UserPrices): PriceBook {
  const resolve = createResolver(sources, user);
  const aliases = compileModelAliases(user.model_aliases);
  const byProvider = new Map<string | undefined, Map<string, Lookup>>();
  let cached = 0;
  return {
    id: sources.id,
    hasAliases: user.model_aliases.length > 0,
    usesServer: aliases.usesServer,
    find(provider, model, server) {
      if (model.length > maxNameLength) return nothing;
      const key = aliases.usesServer ? `${server} ${model}` : model;
      let models = byProvider.get(provider);
      const known = models?.get(key);
      if (known !== undefined) return known;
      if (cached++ >= maxCachedModels) {
        byProvider.clear();
        cached = 0;
        models = undefined;
      }
      if (models === undefined) byProvider.set(provider, (models = new Map<string, Lookup>()));
      const alias = aliases.find(provider, model, server);
      const lookup =
        alias === undefined
          ? resolve(provider, model, false)
          : resolve(alias.provider, alias.model, true);
      models.set(key, lookup);
      return lookup;
    },
  };
}

const nothing: Lookup = { isAliased: false, at: () => 'unknown_model' };

type Resolve = (provider: string | undefined, model: string, isAliased: boolean) => Lookup;

function createResolver(sources: PriceSources, user: UserPrices): Resolve {
  const { overlay } = sources;
  let matcher: ModelMatcher | undefined;
  const overlayRules = compileRules(overlay.prices, (index) => `overlay.yaml, prices[${index}]`);
  const userRules = compileRules(user.prices, (index) => `prices[${index}] of the configuration`);
  const toId = createProviderIds(overlay.provider_aliases, user.provider_aliases);
  return (provider, model, isAliased) => {
    matcher ??= createModelMatcher(parseCatalogue(sources.json));
    const owner = provider ?? inferProvider(model);
    const id = owner === undefined ? undefined : toId(owner);
    const names = modelNames(id, model.toLowerCase(), toId);
    const match = findMatch(matcher, names);
    const ruleNames = toRuleNames(names, match, owner);
    const seller = match?.provider ?? id;
    const about = (rules: readonly CompiledRule[]): CompiledRule[] =>
      rules
        .filter((rule) => rule.matches(ruleNames))
        .map((rule) => ({ ...rule, tier: rule.tier && tierAt(seller, rule.tier) }));
    const priced = {
      name: match === undefined ? `${id ?? 'unknown'}/${model}` : cardName(match),
      seller,
      match,
      isAssumed: match?.isAssumed ?? false,
      catalog: sources.id,
      overlay: about(overlayRules),
      user: about(userRules),
      missing:
        id === undefined || matcher.hasProvider(id)
          ? ('unknown_model' as const)
          : ('unknown_provider' as const),
    };
    return createLookup(priced, isAliased);
  };
}

/** The JSON was checked when it was loaded, on the main thread. */
function parseCatalogue(json: string): readonly CatalogueProvider[] {
  return JSON.parse(json) as readonly CatalogueProvider[];
}

type Match = ModelMatch & Pick<ModelName, 'isAssumed'>;

function findMatch(matcher: ModelMatcher, names: readonly ModelName[]): Match | undefined {
  for (const { provider, model, isAssumed } of names) {
    // The name of a model in an ARN may be of what a custom one was made of.
    if (model.startsWith('arn:')) continue;
    const match = matcher.find(provider, model);
    if (match !== undefined) return { ...match, isAssumed };
  }
  return undefined;
}

function cardName({ provider, model }: ModelMatch): string {
  return `${provider}/${model.id}`;
}

/**
 * What a rule may call the model: any name of the ladder or the catalogue's, under the catalogue's or semconv's provider. Not
 * one without its date, where the catalogue knows the date: `gpt-4o-2024-05-13` has a price of its own.
 */
function toRuleNames(
  names: readonly ModelName[],
  match: Match | undefined,
  owner: string | undefined,
): RuleName[] {
  const all: RuleName[] = names.filter(({ isAssumed }) => !isAssumed || match?.isAssumed !== false);
  if (match !== undefined) {
    all.push({ provider: match.provider, model: match.model.id.toLowerCase() });
  }
  const semconv = owner?.toLowerCase();
  return [...all, ...all.map(({ model }) => ({ provider: semconv, model }))];
}

/** Everything there is to know about one model's price. */
interface PricedModel {
  readonly name: string;
  /** The catalogue's id of the provider; undefined where nobody is known to have the model. */
  readonly seller: string | undefined;
  readonly match: ModelMatch | undefined;
  readonly isAssumed: boolean;
  readonly catalog: string;
  readonly overlay: readonly CompiledRule[];
  readonly user: readonly CompiledRule[];
  readonly missing: NoPrice;
}

function createLookup(model: PricedModel, isAliased: boolean): Lookup {
  const timeline = timelineOf(model);
  const known: (Price | NoPrice | undefined)[] = [];
  return {
    isAliased,
    at: (timeMs, named) => {
      const tier = tierAt(model.seller, named);
      const slot = timeline.slotAt(timeMs) + timeline.slots * serviceTiers.indexOf(tier);
      return (known[slot] ??= priceAt(model, timeMs, tier));
    },
  };
}

function timelineOf({ match, overlay, user }: PricedModel): ReturnType<typeof createTimeline> {
  const constraints = match === undefined ? [] : periodsOf(match.model);
  const borders = constraints.flatMap(({ constraint }) =>
    constraint === undefined ? [] : [bordersOf(constraint)],
  );
  const rules = [...overlay, ...user];
  return createTimeline(
    [
      ...borders.flatMap(({ instants }) => instants),
      ...rules.flatMap(({ from, until }) => [from, until]),
    ],
    borders.flatMap(({ timesOfDay }) => timesOfDay),
  );
}

function priceAt(model: PricedModel, timeMs: number, tier: ServiceTier): Price | NoPrice {
  const { listed, rule } = listedAt(model, timeMs, tier);
  const own = ruleAt(model.user, timeMs, tier);
  const named = own?.tier === undefined ? undefined : listedAt(model, timeMs, 'standard').listed;
  const sheet = own === undefined ? listed : own.apply(listed ?? named);
  if (sheet === undefined) {
    const hasList = tier !== 'standard' && listedAt(model, timeMs, 'standard').listed !== undefined;
    return hasList ? 'unknown_tier' : model.missing;
  }
  const isAssumed = model.isAssumed && rule === undefined;
  return {
    model: model.name,
    card: createRateCard(sheet),
    sheet,
    source: own !== undefined ? 'override' : isAssumed ? 'estimated' : 'catalog',
    catalog: model.catalog,
  };
}

/** The price that is published for a tier: the overlay's over the catalogue's. */
function listedAt(
  model: PricedModel,
  timeMs: number,
  tier: ServiceTier,
): { readonly listed: RateSheet | undefined; readonly rule: CompiledRule | undefined } {
  const base = sheetAt(model, timeMs);
  const general = ruleAt(
    model.overlay.filter((rule) => rule.tier === undefined),
    timeMs,
    'standard',
  );
  const standard = general === undefined ? base : general.apply(base);
  if (tier === 'standard') return { listed: standard, rule: general };
  const special = ruleAt(
    model.overlay.filter((rule) => rule.tier === tier),
    timeMs,
    tier,
  );
  return { listed: special?.apply(standard), rule: special };
}

function ruleAt(
  rules: readonly CompiledRule[],
  timeMs: number,
  tier: ServiceTier,
): CompiledRule | undefined {
  return rules.find(
    (rule) =>
      (rule.tier === undefined || rule.tier === tier) && timeMs >= rule.from && timeMs < rule.until,
  );
}

/** The catalogue's price: the last period that holds; before the first dated one, the first is the best that is known. */
function sheetAt({ match, catalog }: PricedModel, timeMs: number): RateSheet | undefined {
  if (match === undefined) return undefined;
  const periods = periodsOf(match.model);
  const period = periods.findLast((p) => p.constraint === undefined || holds(p.constraint, timeMs));
  const found = period ?? periods[0];
  return found === undefined ? undefined : toSheet(found.prices, catalog);
}
