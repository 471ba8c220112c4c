import { loadBundledCatalogue } from './load-catalogue.ts';
import type { PriceSources } from './price-book.ts';
import { readOverlay } from './read-overlay.ts';

/** The prices that this version of Weir ships: the bundled catalogue and the overlay. */
export async function loadBundledPrices(): Promise<PriceSources> {
  const [catalogue, overlay] = await Promise.all([loadBundledCatalogue(), readOverlay()]);
  return { ...catalogue, overlay };
}
