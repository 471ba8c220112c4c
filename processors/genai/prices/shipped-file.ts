import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Reads a file that lies beside the sources of this folder; compiled code runs from `dist/`. */
export function readShippedFile(name: 'overlay.yaml' | 'catalogue.json'): string {
  const folder = join(packageRoot(import.meta.dirname), 'processors/genai/prices');
  return readFileSync(join(folder, name), 'utf8');
}

function packageRoot(from: string): string {
  return existsSync(join(from, 'package.json')) ? from : packageRoot(dirname(from));
}
