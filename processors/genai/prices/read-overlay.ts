import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parse } from 'yaml';
import type { Overlay } from './price-book.ts';
import { overlaySchema } from './price-schema.ts';

/** Reads the prices that Weir ships over those of the catalogue. @throws ZodError where the file breaks its own schema. */
export async function readOverlay(): Promise<Overlay> {
  const file = join(packageRoot(import.meta.dirname), 'processors/genai/prices/overlay.yaml');
  return overlaySchema.parse(parse(await readFile(file, 'utf8')));
}

/** Compiled code runs from `dist/`; the file lies beside the sources. */
function packageRoot(from: string): string {
  return existsSync(join(from, 'package.json')) ? from : packageRoot(dirname(from));
}
