import { inferProvider } from '../provider.ts';

/** How a name is looked up: under which provider of the catalogue (undefined: whichever knows the model), and as what. */
export interface ModelName {
  readonly provider: string | undefined;
  readonly model: string;
  /** A date was taken off that the catalogue does not know, on the assumption that it changes nothing. */
  readonly isAssumed: boolean;
}

const openRouterVariants = /:(free|beta|thinking|nitro|floor|online|exacto)$/;
const fineTune = /(^|\/)ft:/;
const unknownDate = /-(\d{4}-\d{2}-\d{2}|\d{8}|\d{2}-\d{2}|latest)$/;

/**
 * The names under which a model may stand in the catalogue, most exact first: as sent, without resource paths
 * (`models/…`, `publishers/…/models/…`, ARNs), with its `provider/` prefix read as the provider, with Vertex' `@date`
 * as `-date`, without Bedrock's region, and last without a date that the catalogue does not know. A shorter family name
 * is never tried: `gpt-5.9` is not `gpt-5`, and a fine-tune is never its base.
 * @param id the catalogue's id of the provider; undefined lets whoever knows the model have it.
 * @param toId turns a provider's name into the catalogue's id.
 */
export function modelNames(
  id: string | undefined,
  model: string,
  toId: (provider: string) => string,
): ModelName[] {
  const names: ModelName[] = [];
  const add = (owner: string | undefined, name: string, isAssumed = false): void => {
    if (name !== '' && !names.some((n) => n.provider === owner && n.model === name)) {
      names.push({ provider: owner, model: name, isAssumed });
    }
  };
  add(id, model);
  const bare = withoutPath(model, id);
  add(id, bare);
  add(id, bare.replace('@', '-'));
  const prefixed = splitPrefix(id, bare, toId);
  if (prefixed !== undefined) add(prefixed.owner, prefixed.name);
  if (id === 'openrouter') add(id, bare.replace(openRouterVariants, ''));
  if (id === 'aws') add(id, bare.replace(bedrockRegion, ''));
  for (const { owner, name } of [{ owner: id, name: bare }, ...(prefixed ? [prefixed] : [])]) {
    if (!fineTune.test(name)) add(owner, name.replace('@', '-').replace(unknownDate, ''), true);
  }
  // Clients of other providers that talk to Bedrock have its names for models.
  const isBedrock = id !== 'aws' && inferProvider(model) === 'aws.bedrock';
  return isBedrock ? [...names, ...modelNames('aws', model, toId)] : names;
}

/** The provider before a name's slash, and what is after it; undefined where it is none, or not the one that was asked. */
function splitPrefix(
  id: string | undefined,
  name: string,
  toId: (provider: string) => string,
): { readonly owner: string; readonly name: string } | undefined {
  const slash = name.indexOf('/');
  if (slash <= 0 || id === 'openrouter') return undefined;
  const owner = toId(name.slice(0, slash));
  const isAsked = id === undefined || owner === id || gateways.has(id);
  return isAsked ? { owner, name: name.slice(slash + 1) } : undefined;
}

/** Providers that hand on to others and put the other's name before the model's. */
const gateways: ReadonlySet<string> = new Set([
  'litellm',
  'vercel',
  'gateway',
  'portkey',
  'helicone',
]);

const bedrockRegion = /^(us|eu|apac|au|jp|ca|us-gov|global)\./;

function withoutPath(model: string, provider: string | undefined): string {
  if (model.startsWith('arn:')) return model.slice(model.lastIndexOf('/') + 1);
  if (provider === 'fireworks') return model;
  return model.replace(/^(.*\/)?models\//, '');
}
