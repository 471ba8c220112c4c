import { toProvider } from '../provider.ts';
import { createGlob, createProviderTest } from './price-rule.ts';

/** What a name stands for, as the user says: an Azure deployment, an application inference profile, a gateway's own name. */
export interface ModelAlias {
  /** Provider of the calls it is about, `*` for any run of characters. */
  readonly provider?: string | undefined;
  /** `server.address` of the calls it is about. */
  readonly server?: string | undefined;
  readonly model?: string | undefined;
  readonly model_regex?: string | undefined;
  /** `provider/model`. */
  readonly as: string;
}

/** A model under the name that it is priced by. */
export interface AliasedModel {
  readonly provider: string;
  readonly model: string;
}

/** The user's aliases, ready to be asked. */
export interface ModelAliases {
  readonly usesServer: boolean;
  /** What the first alias that fits says; undefined where none does. */
  find(provider: string | undefined, model: string, server: string): AliasedModel | undefined;
}

/** Compiles aliases. */
export function compileModelAliases(aliases: readonly ModelAlias[]): ModelAliases {
  const compiled = aliases.map((alias) => ({
    fits: createTest(alias),
    target: splitModel(alias.as),
  }));
  return {
    usesServer: aliases.some(({ server }) => server !== undefined),
    find: (provider, model, server) =>
      compiled.find(({ fits }) => fits(provider ?? '', model, server))?.target,
  };
}

type Fits = (provider: string, model: string, server: string) => boolean;

function createTest({ provider, server, model, model_regex: regex }: ModelAlias): Fits {
  const isProvider = provider === undefined ? undefined : createProviderTest(provider);
  const isServer = server === undefined ? undefined : createGlob(server);
  const isModel = model === undefined ? undefined : createGlob(model);
  const pattern = regex === undefined ? undefined : new RegExp(regex, 'i');
  return (ofProvider, ofModel, ofServer) =>
    (isProvider === undefined || isProvider(ofProvider.toLowerCase())) &&
    (isServer === undefined || isServer(ofServer.toLowerCase())) &&
    (isModel === undefined || isModel(ofModel.toLowerCase())) &&
    (pattern === undefined || pattern.test(ofModel));
}

/** Splits `provider/model`; the provider in any spelling, the model may have slashes of its own. */
export function splitModel(text: string): AliasedModel {
  const slash = text.indexOf('/');
  const provider = text.slice(0, slash);
  return { provider: toProvider(provider) ?? provider, model: text.slice(slash + 1) };
}
