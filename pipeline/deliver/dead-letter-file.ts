import { mkdir, open, rename, stat, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Clock } from '../component/context.ts';
import { toFolderName } from '../log/folder-name.ts';
import type { DeadLetter, DeadLetterEntry } from './dead-letter.ts';
import { formatEntry } from './dead-letter-line.ts';
import { countItems } from './dead-letter-reader.ts';

/** Only the user that runs Weir may read prompts, redacted as they are. */
const fileMode = 0o600;
const directoryMode = 0o700;

/** There are two files of this size at most: enough to look into, and no way to fill a disk. */
const defaultMaxBytes = 64 * 1024 * 1024;

/** What became of items that were to be set aside, a closed set because it is a metric label. */
export type SetAside = 'kept' | 'evicted' | 'unwritten';

/** What `openDeadLetterFile` takes. */
export interface DeadLetterFileOptions {
  /** From `deadLetterFolder`; made where it is missing. */
  readonly folder: string;
  readonly clock: Clock;
  /** Size at which the file gives way to a new one; the one before it is then deleted. Infinity: never. */
  readonly maxBytes?: number;
  /** Called for entries written (`kept`), deleted with the older file (`evicted`), and lost to the disk (`unwritten`). */
  readonly counted: (what: SetAside, items: number, error?: Error) => void;
}

/** Names within the folder of an exporter. */
const deadLetterFiles = { current: 'current.jsonl', older: 'older.jsonl' } as const;

/** Where an exporter of a pipeline sets refused requests aside: beside the pipeline's `out` log. */
export function deadLetterFolder(directory: string, pipeline: string, exporterId: string): string {
  return join(directory, toFolderName(pipeline), 'dead-letter', toFolderName(exporterId));
}

/**
 * Appends entries to a file, one line of JSON each, and resolves when they are on disk. Somebody else may move the file
 * away at any time (`weir dlq retry` does, to work on it): what was written to a file that went meanwhile is written again.
 */
export function openDeadLetterFile(options: DeadLetterFileOptions): DeadLetter {
  let last: Promise<void> = Promise.resolve();
  return {
    add: (entries) => {
      last = last.then(() => addAll(options, entries));
      return last;
    },
  };
}

interface Line {
  readonly items: number;
  readonly bytes: Buffer;
}

/** Never rejects. */
async function addAll(
  options: DeadLetterFileOptions,
  entries: readonly DeadLetterEntry[],
): Promise<void> {
  const { folder, clock, counted, maxBytes = defaultMaxBytes } = options;
  const lines = entries.map((entry): Line => {
    return { items: entry.items, bytes: formatEntry(entry, clock.now()) };
  });
  for (const batch of toBatches(lines, maxBytes)) {
    const items = batch.reduce((sum, line) => sum + line.items, 0);
    const bytes = Buffer.concat(batch.map((line) => line.bytes));
    try {
      if (bytes.byteLength > maxBytes) throw new Error('a request is larger than the file may get');
      await mkdir(folder, { recursive: true, mode: directoryMode });
      await rotate(options, bytes.byteLength);
      await append(join(folder, deadLetterFiles.current), bytes);
      counted('kept', items);
    } catch (error) {
      counted('unwritten', items, error instanceof Error ? error : undefined);
    }
  }
}

/** Lines that fit into one file together; one that does not fit into any comes alone. */
function toBatches(lines: readonly Line[], maxBytes: number): readonly (readonly Line[])[] {
  const batches: Line[][] = [];
  let room = 0;
  for (const line of lines) {
    const batch = batches.at(-1);
    if (batch === undefined || line.bytes.byteLength > room) {
      batches.push([line]);
      room = maxBytes - line.bytes.byteLength;
    } else {
      batch.push(line);
      room -= line.bytes.byteLength;
    }
  }
  return batches;
}

async function rotate(
  { folder, counted, maxBytes = defaultMaxBytes }: DeadLetterFileOptions,
  added: number,
): Promise<void> {
  const current = join(folder, deadLetterFiles.current);
  const size = await sizeOf(current);
  if (size === 0 || size + added <= maxBytes) return;
  const older = join(folder, deadLetterFiles.older);
  const evicted = await countItems(older);
  await rename(current, older);
  if (evicted > 0) counted('evicted', evicted);
}

async function sizeOf(path: string): Promise<number> {
  return stat(path).then(
    ({ size }) => size,
    () => 0,
  );
}

async function append(path: string, line: Buffer): Promise<void> {
  const handle = await open(path, 'a+', fileMode);
  try {
    const { size, ino } = await handle.stat();
    if (size === 0) await keepOwner(handle, path);
    const isTorn = size > 0 && (await lastByte(handle, size)) !== newline;
    await writeWhole(handle, isTorn ? Buffer.concat([Buffer.of(newline), line]) : line);
    await handle.datasync();
    if (size === 0) await syncFolder(dirname(path));
    const isThere = await stat(path).then(
      (found) => found.ino === ino,
      () => false,
    );
    if (isThere) return;
  } finally {
    await handle.close();
  }
  await append(path, line);
}

const newline = 0x0a;

async function lastByte(handle: FileHandle, size: number): Promise<number | undefined> {
  const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, size - 1);
  return buffer[0];
}

/** A file that root's command line makes must still be the daemon's to append to. */
async function keepOwner(handle: FileHandle, path: string): Promise<void> {
  await handle.chmod(fileMode).catch(() => undefined);
  if (process.getuid?.() !== 0) return;
  const { uid, gid } = await stat(dirname(path));
  await handle.chown(uid, gid);
}

/** FileHandle.write may take a part only, as write(2) may. */
async function writeWhole(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let offset = 0; offset < bytes.byteLength;) {
    const { bytesWritten } = await handle.write(bytes, offset);
    offset += bytesWritten;
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
