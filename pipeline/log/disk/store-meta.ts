import { randomUUID } from 'node:crypto';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { StorageError } from '../storage-error.ts';
import { codeOf } from './file-system.ts';
import type { FileSystem } from './file-system.ts';
import { checkFormat, parseObject } from './manifest.ts';
import { messageOf } from './message-of.ts';
import { readSmallFile, removeIfThere, replaceFile } from './replace-file.ts';
import { formatVersion } from './segment-format.ts';

/** What a data directory is: the file `META` in it. */
export interface StoreMeta {
  /** Its own for ever: ids of slices begin with it. */
  readonly uuid: string;
}

/**
 * Makes the data directory where it is not there.
 * @throws StorageError where nothing can be written.
 */
export function makeDirectory(fs: FileSystem, directory: string): void {
  const probe = join(directory, '.write-test');
  try {
    fs.makeFolder(directory);
    removeIfThere(fs, probe);
    fs.close(fs.open(probe, 'create'));
    fs.remove(probe);
  } catch (error) {
    throw notWritable(error, directory);
  }
}

/**
 * Reads the directory's `META`, or makes it.
 * @throws StorageError where another version wrote it.
 */
export function openStoreMeta(fs: FileSystem, directory: string): StoreMeta {
  const path = join(directory, 'META');
  const content = parseObject(readSmallFile(fs, path));
  if (content !== undefined) checkFormat(content['format'], path);
  const uuid = content?.['uuid'];
  if (typeof uuid === 'string') return { uuid };
  const meta = { format: formatVersion, uuid: randomUUID() };
  replaceFile(fs, path, `${JSON.stringify(meta)}\n`);
  return meta;
}

/** Says where there is no room, and who may not write where; other errors stay as they are. */
export function notWritable(error: unknown, directory: string): unknown {
  const code = codeOf(error);
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    const message = `no space left on the disk of ${directory}: free some, or ${elsewhere}`;
    return new StorageError('not_writable', message, { cause: error });
  }
  if (code === undefined || !writeErrors.has(code)) return error;
  const { uid, username } = userInfo();
  const user = `user ${username} (uid ${uid}) cannot write here`;
  const mend = code === 'ENOTDIR' ? '' : 'give the directory to that user, or ';
  return new StorageError(
    'not_writable',
    `${directory}: ${user}: ${messageOf(error)}; ${mend}${elsewhere}`,
    { cause: error },
  );
}

const elsewhere = 'set another (--data-dir, service.data_dir, the directory of a file_storage)';

const writeErrors = new Set(['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'ENOENT', 'EEXIST']);
