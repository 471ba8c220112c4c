/** How a name is looked up: under which provider of the catalogue (undefined: whichever knows the model), and as what. */
export interface ModelName {
  readonly provider: string | undefined;
  readonly model: string;
}

/** Catalogue ids of providers whose semconv name it does not know, or knows as another. */
const catalogueIds: ReadonlyMap<string, string> = new Map(
  Object.entries({
    'aws.bedrock': 'aws',
    'azure.ai.openai': 'azure',
    'azure.ai.inference': 'azure',
    'gcp.gemini': 'google',
    'gcp.gen_ai': 'google',
    'gcp.vertex_ai': 'google',
    x_ai: 'x-ai',
    mistral_ai: 'mistral',
    moonshot_ai: 'moonshotai',
    together_ai: 'together',
    fireworks_ai: 'fireworks',
    z_ai: 'zai',
  }),
);

/** The catalogue's id for a semconv provider. */
function toCatalogueProvider(provider: string | undefined): string | undefined {
  return provider === undefined ? undefined : (catalogueIds.get(provider) ?? provider);
}

const openRouterVariants = /:(free|beta|thinking|nitro|floor|online|extended)$/;
const unknownDate = /-(\d{4}-\d{2}-\d{2}|\d{8}|\d{2}-\d{2}|latest)$/;

/**
 * The names under which a model may stand in the catalogue, most exact first: as sent, without resource paths
 * (`models/…`, `publishers/…/models/…`, ARNs), with its `provider/` prefix read as the provider, with Vertex' `@date`
 * as `-date`, without Bedrock's region, and last without a date that the catalogue does not know. A shorter family name
 * is never tried: `gpt-5.9` is not `gpt-5`.
 */
export function modelNames(provider: string | undefined, model: string): ModelName[] {
  const id = toCatalogueProvider(provider);
  const names: ModelName[] = [];
  const add = (owner: string | undefined, name: string): void => {
    if (name !== '' && !names.some((n) => n.provider === owner && n.model === name)) {
      names.push({ provider: owner, model: name });
    }
  };
  add(id, model);
  const bare = withoutPath(model, id);
  add(id, bare);
  add(id, bare.replace('@', '-'));
  const slash = bare.indexOf('/');
  if (slash > 0 && id !== 'openrouter') {
    const prefix = toCatalogueProvider(bare.slice(0, slash));
    if (id === undefined || prefix === id) add(prefix, bare.slice(slash + 1));
  }
  if (id === 'openrouter') add(id, bare.replace(openRouterVariants, ''));
  if (id === 'aws') add(id, bare.replace(/^(us|eu|apac|au|jp|us-gov|global)\./, ''));
  add(id, bare.replace('@', '-').replace(unknownDate, ''));
  return names;
}

function withoutPath(model: string, provider: string | undefined): string {
  if (model.startsWith('arn:')) return model.slice(model.lastIndexOf('/') + 1);
  if (provider === 'fireworks') return model;
  return model.replace(/^(.*\/)?models\//, '');
}
