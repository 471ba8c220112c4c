import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Absolute path of the project's root, found from here upwards, so that compiled tests read `testdata` from the sources. */
export const projectRoot: string = findRoot(import.meta.dirname);

function findRoot(from: string): string {
  return existsSync(join(from, 'package.json')) ? from : findRoot(dirname(from));
}
