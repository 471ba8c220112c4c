import { randomUUID } from 'node:crypto';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { StorageError } from '../storage-error.ts';
import { codeOf } from './file-system.ts';
import type { FileSystem } from './file-system.ts';
import { checkFormat, parseObject } from './manifest.ts';
import { messageOf } from './message-of.ts';
import { readSmallFile, replaceFile } from './replace-file.ts';
import { formatVersion } from './segment-format.ts';

/** What a data directory is: the file `META` in it. */
export interface StoreMeta {
  /** Its own for ever: ids of slices begin with it. */
  readonly uuid: string;
}

/**
 * Reads the directory's `META`, or makes directory and file.
 * @throws StorageError where another version wrote it, or nothing can be written.
 */
export function openStoreMeta(fs: FileSystem, directory: string): StoreMeta {
  const path = join(directory, 'META');
  try {
    fs.makeFolder(directory);
    const content = parseObject(readSmallFile(fs, path));
    if (content !== undefined) checkFormat(content['format'], path);
    const uuid = content?.['uuid'];
    if (typeof uuid === 'string') return { uuid };
    const meta = { format: formatVersion, uuid: randomUUID() };
    replaceFile(fs, path, `${JSON.stringify(meta)}\n`);
    return meta;
  } catch (error) {
    throw notWritable(error, directory);
  }
}

/** Says who may not write where; other errors stay as they are. */
export function notWritable(error: unknown, directory: string): unknown {
  const code = codeOf(error);
  if (code === undefined || !writeErrors.has(code)) return error;
  const { uid, username } = userInfo();
  return new StorageError(
    'not_writable',
    `${directory}: user ${username} (uid ${uid}) cannot write here: ${messageOf(error)}; give the directory to that user, or set another`,
    { cause: error },
  );
}

const writeErrors = new Set(['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'ENOENT', 'EEXIST']);
