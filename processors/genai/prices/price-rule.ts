import { spelledProvider } from '../provider.ts';
import {
  isTokenRate,
  type Rate,
  rateNames,
  type RateName,
  type RateSheet,
  scaleRate,
  scaleSheet,
  toRate,
  type TokenUnit,
  type WrittenRate,
} from './rates.ts';

/** Service tiers that have prices of their own. */
export const serviceTiers = ['standard', 'batch', 'flex', 'priority', 'fast', 'scale'] as const;

/** One of them. */
export type ServiceTier = (typeof serviceTiers)[number];

/**
 * The tier that is meant by one at a provider, by the catalogue's id: OpenAI renamed priority processing to fast mode on
 * 2026-07-30 and takes both words. Anthropic has both, and they are two.
 */
export function tierAt(provider: string | undefined, tier: ServiceTier): ServiceTier {
  return tier === 'fast' && provider !== 'anthropic' ? 'priority' : tier;
}

/** Calls that a rule is about; what is left out matches all. */
interface RuleMatch {
  /** Provider, `*` for any run of characters. */
  readonly provider?: string | undefined;
  /** Model, `*` for any run of characters. */
  readonly model?: string | undefined;
  readonly model_regex?: string | undefined;
  readonly service_tier?: ServiceTier | undefined;
}

/**
 * Prices as written, by the user or in the overlay. With both `input` and `output` the rule is a list of its own, and of the
 * catalogue only fees (searches, requests, minutes) are left; otherwise it changes the catalogue's prices: first
 * `multiplier` on all of them, then its own.
 */
export type PriceRule = Readonly<Partial<Record<RateName, WrittenRate | undefined>>> & {
  readonly match: RuleMatch;
  /** First millisecond of the epoch at which it holds. */
  readonly effective_from?: number | undefined;
  /** First millisecond at which it no longer holds. */
  readonly effective_until?: number | undefined;
  readonly unit: TokenUnit;
  readonly multiplier?: number | undefined;
  /** Where the prices are published. */
  readonly source?: string | undefined;
};

/** A name of the model that is priced: under which provider, and as what. */
export interface RuleName {
  readonly provider: string | undefined;
  readonly model: string;
}

/** A rule ready to be asked. */
export interface CompiledRule {
  readonly tier: ServiceTier | undefined;
  readonly from: number;
  readonly until: number;
  /** Whether it speaks of a model that has these names. */
  matches(names: readonly RuleName[]): boolean;
  /** Its prices over those of the catalogue; undefined where it changes a price that is not there. */
  apply(base: RateSheet | undefined): RateSheet | undefined;
}

/**
 * Compiles rules, in the order in which they are to be tried: those that name a service tier first, then as they are written, but
 * of several with the same match the one that took effect last.
 * @param originOf names a rule for people, by its index.
 */
export function compileRules(
  rules: readonly PriceRule[],
  originOf: (index: number) => string,
): CompiledRule[] {
  const keys = rules.map((rule) => JSON.stringify(rule.match));
  const order = rules.map((rule, index) => ({
    rule,
    index,
    named: rule.match.service_tier === undefined ? 1 : 0,
    place: keys.indexOf(keys[index] ?? ''),
    from: rule.effective_from ?? -Infinity,
  }));
  order.sort((a, b) => a.named - b.named || a.place - b.place || compareTimes(b.from, a.from));
  return order.map(({ rule, index }) => compileRule(rule, rule.source ?? originOf(index)));
}

/** Not a difference: two rules that always held both have held since -Infinity. */
function compareTimes(a: number, b: number): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function compileRule(rule: PriceRule, origin: string): CompiledRule {
  const { provider, model, model_regex: regex, service_tier: tier } = rule.match;
  const isProvider = provider === undefined ? undefined : createProviderTest(provider);
  const isModel = model === undefined ? undefined : createGlob(model);
  const pattern = regex === undefined ? undefined : new RegExp(regex, 'i');
  const own = ownRates(rule, origin);
  const isWhole = own.input !== undefined && own.output !== undefined;
  return {
    tier,
    from: rule.effective_from ?? -Infinity,
    until: rule.effective_until ?? Infinity,
    matches: (names) =>
      names.some(
        (name) =>
          (isProvider === undefined ||
            (name.provider !== undefined && isProvider(name.provider))) &&
          (isModel === undefined || isModel(name.model)) &&
          (pattern === undefined || pattern.test(name.model)),
      ),
    apply: (base) => {
      if (isWhole) return { ...feesOf(base), ...own, ...multiplesOf(rule, own, origin) };
      if (base === undefined) return undefined;
      const { multiplier } = rule;
      const listed = multiplier === undefined ? base : scaleSheet(base, multiplier, origin);
      return { ...listed, ...own, ...multiplesOf(rule, { ...listed, ...own }, origin) };
    },
  };
}

function feesOf(base: RateSheet | undefined): RateSheet {
  const fees = Object.entries(base ?? {}).filter(([name]) => !isTokenRate(name));
  return Object.fromEntries(fees);
}

function ownRates(rule: PriceRule, origin: string): RateSheet {
  const rates: Partial<Record<RateName, Rate>> = {};
  for (const name of rateNames) {
    const written = rule[name];
    if (written === undefined || isMultiple(written)) continue;
    rates[name] = toRate(name, written, rule.unit, origin);
  }
  return rates;
}

/** The rates that are multiples of others; of one that is not there, there is no multiple. */
function multiplesOf(rule: PriceRule, sheet: RateSheet, origin: string): RateSheet {
  const rates: Partial<Record<RateName, Rate>> = {};
  for (const name of rateNames) {
    const written = rule[name];
    if (written === undefined || !isMultiple(written)) continue;
    const of = sheet[written.of];
    if (of !== undefined) rates[name] = scaleRate(of, written.times, origin);
  }
  return rates;
}

function isMultiple(written: WrittenRate): written is Extract<WrittenRate, { times: number }> {
  return typeof written === 'object' && 'times' in written;
}

/** True for a rule that names prices of tokens, so that it has a unit. */
export function hasTokenRates(rule: PriceRule): boolean {
  return rateNames.some((name) => isTokenRate(name) && rule[name] !== undefined);
}

/** A test for a provider's name in lower case: semconv's or the catalogue's, which the pattern may spell in any known way. */
export function createProviderTest(pattern: string): (provider: string) => boolean {
  const fits = createGlob(pattern);
  const spelled = spelledProvider(pattern);
  return (provider) => fits(provider) || provider === spelled;
}

/** A test for a pattern in which `*` stands for any run of characters; letters match in either case. */
export function createGlob(glob: string): (text: string) => boolean {
  const parts = glob.toLowerCase().split('*');
  if (parts.length === 1) return (text) => text === parts[0];
  const [first = '', ...rest] = parts;
  const last = rest.pop() ?? '';
  return (text) => {
    if (!text.startsWith(first) || !text.endsWith(last)) return false;
    let at = first.length;
    for (const part of rest) {
      const found = text.indexOf(part, at);
      if (found < 0) return false;
      at = found + part.length;
    }
    return at <= text.length - last.length;
  };
}
