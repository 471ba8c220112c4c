import { dirname } from 'node:path';
import { codeOf } from './file-system.ts';
import type { FileSystem } from './file-system.ts';

/** Puts a file in the place of another in one step that a crash cannot cut in two. */
export function replaceFile(fs: FileSystem, path: string, text: string): void {
  const temporary = `${path}.new`;
  removeIfThere(fs, temporary);
  const file = fs.open(temporary, 'create');
  try {
    const bytes = Buffer.from(text);
    if (fs.write(file, [bytes], 0) !== bytes.byteLength) throw new Error(`${path}: short write`);
    fs.sync(file);
  } finally {
    fs.close(file);
  }
  fs.rename(temporary, path);
  fs.syncFolder(dirname(path));
}

/** The text of a small file; undefined where there is none. */
export function readSmallFile(fs: FileSystem, path: string): string | undefined {
  let file;
  try {
    file = fs.open(path, 'existing');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const bytes = Buffer.alloc(fs.size(file));
    return bytes.toString('utf8', 0, fs.read(file, bytes, 0));
  } finally {
    fs.close(file);
  }
}

/** Removes a file that may not be there. */
export function removeIfThere(fs: FileSystem, path: string): void {
  try {
    fs.remove(path);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  }
}
