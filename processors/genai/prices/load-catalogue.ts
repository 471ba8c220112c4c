import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { parseJson, toObject } from '../usage-object.ts';

/** A catalogue as it crosses to the workers. */
export interface CatalogueText {
  /** As written to `genai.cost.catalog`. */
  readonly id: string;
  /** The providers as JSON. */
  readonly json: string;
}

/**
 * The catalogue that is bundled with `@pydantic/genai-prices`; nothing is fetched. Its megabytes are loaded here and not
 * before: a daemon that prices nothing does without.
 */
export async function loadBundledCatalogue(): Promise<CatalogueText> {
  const { waitForUpdate } = await import('@pydantic/genai-prices');
  const providers = (await waitForUpdate()) ?? [];
  return { id: await readBundledId(), json: JSON.stringify(providers.map(withoutProse)) };
}

/** Extractors and descriptions are half of the text, and nothing here reads them. */
function withoutProse<P extends { models: readonly object[]; extractors?: unknown }>(
  provider: P,
): object {
  return { ...provider, extractors: undefined, description: undefined };
}

/** Name and version of the installed catalogue, from its package.json, which the package does not export. */
async function readBundledId(): Promise<string> {
  const require = createRequire(import.meta.url);
  const entry = require.resolve('@pydantic/genai-prices');
  const text = await readFile(join(dirname(dirname(entry)), 'package.json'), 'utf8');
  const version = toObject(parseJson(text))?.['version'];
  return `genai-prices@${typeof version === 'string' ? version : 'unknown'}`;
}
