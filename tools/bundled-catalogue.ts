import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { waitForUpdate } from '@pydantic/genai-prices';
import { catalogueSchema } from '../processors/genai/prices/catalogue-schema.ts';
import { parseJson, toObject } from '../processors/genai/usage-object.ts';

/**
 * The prices of the installed `@pydantic/genai-prices` as Weir ships them, without what is not needed for pricing; one model a
 * line, so that a change of the package shows which prices changed.
 */
export async function formatBundledCatalogue(): Promise<string> {
  const providers = catalogueSchema.parse(await waitForUpdate());
  const lines = providers.map(({ models, ...provider }) => {
    const list = models.map((model) => JSON.stringify(model)).join(',\n');
    return `${JSON.stringify(provider).slice(0, -1)},"models":[\n${list}\n]}`;
  });
  const id = JSON.stringify(await readInstalledId());
  return `{"id":${id},"providers":[\n${lines.join(',\n')}\n]}\n`;
}

/** Name and version from its package.json, which the package does not export. */
async function readInstalledId(): Promise<string> {
  const entry = createRequire(import.meta.url).resolve('@pydantic/genai-prices');
  const text = await readFile(join(dirname(dirname(entry)), 'package.json'), 'utf8');
  const version = toObject(parseJson(text))?.['version'];
  return `genai-prices@${typeof version === 'string' ? version : 'unknown'}`;
}
