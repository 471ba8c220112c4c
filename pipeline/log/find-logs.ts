import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isSignal } from '../component/signal.ts';
import type { Signal } from '../component/signal.ts';
import { fromFolderName } from './folder-name.ts';

/** A log that a directory holds. */
export interface FoundLog {
  /** Id of its pipeline. */
  readonly pipeline: string;
  readonly signal: Signal;
  /** Exporters that have a place in it. */
  readonly exporters: readonly string[];
}

const cursorSuffix = '.cursor';

/** The logs of a storage's directory that some exporter has a place in; none where it cannot be read. */
export async function findLogs(directory: string): Promise<readonly FoundLog[]> {
  const found: FoundLog[] = [];
  for (const folder of await listQuietly(directory)) {
    const pipeline = fromFolderName(folder);
    const signal = pipeline?.split('/', 1)[0];
    if (pipeline === undefined || signal === undefined || !isSignal(signal)) continue;
    const exporters = (await listQuietly(join(directory, folder, 'out')))
      .filter((name) => name.endsWith(cursorSuffix))
      .flatMap((name) => fromFolderName(name.slice(0, -cursorSuffix.length)) ?? []);
    if (exporters.length > 0) found.push({ pipeline, signal, exporters });
  }
  return found;
}

async function listQuietly(folder: string): Promise<readonly string[]> {
  return await readdir(folder).catch(() => []);
}
