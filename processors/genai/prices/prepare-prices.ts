import { checkCatalogue, type CatalogueFault } from './check-catalogue.ts';
import { isUrl, pathOf, readSource, type SourceFault } from './fetch-catalogue.ts';
import { type KeptPlace, nameCatalogue, readKept } from './kept-catalogue.ts';
import { type CatalogueText, loadBundledCatalogue } from './load-catalogue.ts';
import type { PriceSources } from './price-book.ts';
import type { CatalogSettings } from './price-options.ts';
import { readOverlay } from './read-overlay.ts';

/** A source that gave no catalogue that may be used. */
export interface CatalogueProblem {
  readonly fault: CatalogueFault | SourceFault;
  readonly message: string;
}

/** The prices that this version of Weir ships: the bundled catalogue and the overlay. */
export function loadBundledPrices(): PriceSources {
  return { ...loadBundledCatalogue(), overlay: readOverlay() };
}

/**
 * The prices that the configuration asks for. A file is read; of a URL it is what was fetched last, else the bundled
 * catalogue, so that nothing waits for a network.
 * @param onProblem is told where the last good catalogue stands in for a file that cannot be used.
 * @throws Error where a file cannot be used and nothing stands in for it.
 */
export async function readPrices(
  settings: CatalogSettings,
  place: KeptPlace,
  onProblem: (problem: CatalogueProblem) => void = () => undefined,
): Promise<PriceSources> {
  if (settings.source === 'bundled') return loadBundledPrices();
  const overlay = readOverlay();
  const kept = await readKept(place, settings.source);
  if (isUrl(settings.source)) return { ...(kept ?? loadBundledCatalogue()), overlay };
  const read = await readCatalogueFile(settings, kept?.json);
  if (!('fault' in read)) return { ...read, overlay };
  if (kept === undefined) throw new Error(`catalog.source ${settings.source}: ${read.message}`);
  onProblem(read);
  return { id: kept.id, json: kept.json, overlay };
}

/** Reads and checks a catalogue's file, beside the catalogue it would take the place of. */
export async function readCatalogueFile(
  settings: CatalogSettings,
  before: string | undefined,
): Promise<CatalogueText | CatalogueProblem> {
  const answer = await readSource(pathOf(settings.source), settings.max_size);
  if (answer.kind === 'failed') return answer;
  return toCatalogue(answer.kind === 'text' ? answer.text : '', before, settings);
}

/** Checks a catalogue's text, beside the catalogue it would take the place of. */
export function toCatalogue(
  text: string,
  before: string | undefined,
  settings: CatalogSettings,
): CatalogueText | CatalogueProblem {
  const check = checkCatalogue(text, before, settings);
  if (!check.ok) return check;
  return { id: nameCatalogue(settings.source, check.json), json: check.json };
}
