import { parse } from 'yaml';
import type { Overlay } from './price-book.ts';
import { overlaySchema } from './price-schema.ts';
import { readShippedFile } from './shipped-file.ts';

/** Reads the prices that Weir ships over those of the catalogue. @throws ZodError where the file breaks its own schema. */
export function readOverlay(): Overlay {
  return overlaySchema.parse(parse(readShippedFile('overlay.yaml')));
}
