import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/** Only the user that runs Weir may read what lies there. */
const directoryMode = 0o700;

/**
 * Makes a directory that a configuration names, with its parents (0700); nothing happens where it is there. Node's own
 * `recursive` asks for ever where a parent is there and takes no directories, as /proc is.
 * @throws Error with the `code` of the file system; ENOTDIR with what is in the way, where that is no directory.
 */
export function makeDirectory(path: string): void {
  try {
    mkdirSync(path, { mode: directoryMode });
  } catch (error) {
    if (isDirectory(path)) return;
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'EEXIST') throw toError(`${path} is not a directory`, 'ENOTDIR', error);
    if (code !== 'ENOENT' && code !== 'ENOTDIR') throw error;
    const parent = dirname(path);
    if (isDirectory(parent)) throw toError(`${parent} takes no directories`, code, error);
    makeDirectory(parent);
    makeDirectory(path);
  }
}

function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

function toError(message: string, code: string, cause: unknown): Error {
  return Object.assign(new Error(message, { cause }), { code });
}
