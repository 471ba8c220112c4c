import type { MatchLogic } from '@pydantic/genai-prices';
import type { CatalogueModel, CatalogueProvider } from './catalogue-data.ts';

/** A model of a catalogue and the provider it was asked of. */
export interface ModelMatch {
  readonly provider: string;
  readonly model: CatalogueModel;
}

/** Finds models in one catalogue by the match rules that it carries itself. */
export interface ModelMatcher {
  /** The model that a provider (undefined: whichever knows the name) has under a name in lower case. */
  find(provider: string | undefined, model: string): ModelMatch | undefined;
  /** Whether a provider, in lower case, is in the catalogue. */
  hasProvider(provider: string): boolean;
}

type Test = (text: string) => boolean;

/**
 * Reads a catalogue's rules as `@pydantic/genai-prices` does (`engine.ts`; a test holds every model of the bundled
 * catalogue against it). The library itself keeps one catalogue for a whole thread and compiles its patterns anew for each call,
 * so that it can neither hold two over a reload nor be cheap.
 */
export function createModelMatcher(providers: readonly CatalogueProvider[]): ModelMatcher {
  const entries = providers.map((provider) => createEntry(provider));
  const byId = new Map(entries.map((entry) => [entry.id, entry]));
  const findProvider = (id: string): ProviderEntry | undefined =>
    byId.get(id) ?? entries.find((entry) => entry.isCalled?.(id));
  const search = (entry: ProviderEntry, name: string): CatalogueModel | undefined => {
    const own = entry.models().find(({ isCalled }) => isCalled(name))?.model;
    if (own !== undefined) return own;
    for (const id of entry.fallbacks) {
      const other = byId.get(id);
      const found = other === undefined ? undefined : search(other, name);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  return {
    find(provider, name) {
      const entry =
        provider === undefined
          ? entries.find(({ hasModel }) => hasModel?.(name))
          : findProvider(provider);
      if (entry === undefined) return undefined;
      const model = search(entry, name) ?? search(entry, withDashedDates(name));
      return model === undefined ? undefined : { provider: entry.id, model };
    },
    hasProvider: (provider) => findProvider(provider) !== undefined,
  };
}

interface ProviderEntry {
  readonly id: string;
  readonly isCalled: Test | undefined;
  readonly hasModel: Test | undefined;
  readonly fallbacks: readonly string[];
  /** Its models with their tests, compiled when the provider is first asked. */
  readonly models: () => readonly { readonly model: CatalogueModel; readonly isCalled: Test }[];
}

function createEntry(provider: CatalogueProvider): ProviderEntry {
  let compiled: ReturnType<ProviderEntry['models']> | undefined;
  const { provider_match: called, model_match: named } = provider;
  return {
    id: provider.id,
    isCalled: called === undefined ? undefined : compile(called),
    hasModel: named === undefined ? undefined : compile(named),
    fallbacks: provider.fallback_model_providers ?? [],
    models: () =>
      (compiled ??= provider.models.map((model) => ({ model, isCalled: compile(model.match) }))),
  };
}

function compile(logic: MatchLogic): Test {
  if ('or' in logic) return anyOf(logic.or.map(compile));
  if ('and' in logic) return allOf(logic.and.map(compile));
  if ('regex' in logic) {
    const pattern = new RegExp(logic.regex);
    return (text) => pattern.test(text);
  }
  if ('equals' in logic) return comparing(logic.equals, (text, wanted) => text === wanted);
  if ('starts_with' in logic) {
    return comparing(logic.starts_with, (text, wanted) => text.startsWith(wanted));
  }
  if ('ends_with' in logic) {
    return comparing(logic.ends_with, (text, wanted) => text.endsWith(wanted));
  }
  return comparing(logic.contains, (text, wanted) => text.includes(wanted));
}

function anyOf(tests: readonly Test[]): Test {
  return (text) => tests.some((test) => test(text));
}

function allOf(tests: readonly Test[]): Test {
  return (text) => tests.every((test) => test(text));
}

function comparing(wanted: string, compare: (text: string, wanted: string) => boolean): Test {
  const lower = wanted.toLowerCase();
  return (text) => compare(text, lower);
}

const compactDate = /(-)(20\d{2})(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?=-|:|$)/g;

/** `-20250929` as `-2025-09-29`, the form in which some models stand in the catalogue. */
function withDashedDates(name: string): string {
  return name.replace(compactDate, '$1$2-$3-$4');
}
