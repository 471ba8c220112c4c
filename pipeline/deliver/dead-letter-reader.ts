import { open } from 'node:fs/promises';
import { parseEntry } from './dead-letter-line.ts';
import type { StoredEntry } from './dead-letter-line.ts';

/** Reads the entries of a file one after the other; lines that are cut short are passed over. Nothing where it is missing. */
export async function* readEntries(path: string): AsyncGenerator<StoredEntry> {
  for await (const line of readLines(path)) {
    const entry = parseEntry(line);
    if (entry !== undefined) yield entry;
  }
}

/** Longer than everything that stands before the request in a line. */
const headLength = 4096;

/** Items in a file, without decoding the requests; 0 where it is missing. */
export async function countItems(path: string): Promise<number> {
  let items = 0;
  for await (const line of readLines(path)) {
    items += Number(/"items":(\d+)/.exec(line.slice(0, headLength))?.[1] ?? 0);
  }
  return items;
}

async function* readLines(path: string): AsyncGenerator<string> {
  const handle = await open(path, 'r').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  });
  // Reading to the end, or leaving the loop early, closes the file.
  if (handle !== undefined) yield* handle.readLines();
}
