import { readShippedFile } from './shipped-file.ts';

/** A catalogue as it crosses to the workers. */
export interface CatalogueText {
  /** As written to `genai.cost.catalog`. */
  readonly id: string;
  /** The providers as JSON. */
  readonly json: string;
}

/**
 * The catalogue that Weir ships: the prices of `@pydantic/genai-prices` as `npm run generate` took them from it. The package
 * itself is megabytes of code, half of it prose, that would stay in memory; nothing is fetched.
 */
export function loadBundledCatalogue(): CatalogueText {
  // Nobody but the generator writes it, and a test reads it back.
  const { id, providers } = JSON.parse(readShippedFile('catalogue.json')) as {
    readonly id: string;
    readonly providers: readonly unknown[];
  };
  return { id, json: JSON.stringify(providers) };
}
