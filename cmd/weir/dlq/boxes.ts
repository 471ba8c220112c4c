import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isExporterFactory } from '../../../pipeline/config/factory-kind.ts';
import type { Config } from '../../../pipeline/config/config.ts';
import { reasonOf } from '../../../pipeline/config/source.ts';
import { readEntries } from '../../../pipeline/deliver/dead-letter-reader.ts';
import type { StoredEntry } from '../../../pipeline/deliver/dead-letter-line.ts';
import { createContext } from '../../../pipeline/graph/services.ts';
import { factoryOf, specOf } from '../../../pipeline/graph/plan.ts';
import type { Services } from '../../../pipeline/graph/services.ts';
import { fromFolderName } from '../../../pipeline/log/folder-name.ts';
import { isStorageSettings, storageOffer } from '../../../pipeline/log/storage.ts';
import { CommandFailure } from '../exit-code.ts';

/** What one exporter of one pipeline has set aside. */
export interface Box {
  readonly pipeline: string;
  readonly exporter: string;
  readonly folder: string;
  /** Names in the folder, the oldest first: what an unfinished retry left, then the older file, then the current one. */
  readonly files: readonly string[];
}

/** The storages of a configuration, which is where its exporters set requests aside. */
export function boxDirectories(config: Config, services: Services): readonly string[] {
  return [...new Set([config.dataDir, ...storageDirectories(config, services)])];
}

/** Finds the boxes in storages, those of exporters that are gone from the configuration too. */
export async function findBoxes(directories: readonly string[]): Promise<readonly Box[]> {
  const boxes: Box[] = [];
  for (const directory of directories) {
    for (const pipeline of await namesIn(directory)) {
      boxes.push(...(await boxesIn(join(directory, pipeline, 'dead-letter'), pipeline)));
    }
  }
  return boxes;
}

async function boxesIn(parent: string, pipelineFolder: string): Promise<readonly Box[]> {
  const pipeline = fromFolderName(pipelineFolder);
  const boxes: Box[] = [];
  for (const name of await namesIn(parent)) {
    const exporter = fromFolderName(name);
    const folder = join(parent, name);
    const files = (await namesIn(folder)).filter((file) => file.endsWith('.jsonl'));
    if (pipeline === undefined || exporter === undefined || files.length === 0) continue;
    boxes.push({ pipeline, exporter, folder, files: [...files].sort().reverse() });
  }
  return boxes;
}

function storageDirectories(config: Config, services: Services): readonly string[] {
  const ids = [...config.exporters.values()].flatMap((spec) => {
    const factory = factoryOf(config.factories.exporters, spec);
    return isExporterFactory(factory) ? (factory.delivery(spec.raw).queue.storage ?? []) : [];
  });
  return [...new Set(ids)].flatMap((id) => {
    const spec = specOf(config.extensions, id);
    const factory = factoryOf(config.factories.extensions, spec);
    const context = createContext(services, config, 'extension', { id, metrics: factory.metrics });
    const offer = factory.create(spec.raw, context).offers?.[storageOffer];
    return isStorageSettings(offer) ? [offer.directory] : [];
  });
}

/** Empty where there is no such directory. */
async function namesIn(directory: string): Promise<readonly string[]> {
  return readdir(directory).catch((error: unknown) => {
    const code = error instanceof Error && 'code' in error ? error.code : '';
    if (code === 'ENOENT' || code === 'ENOTDIR') return [];
    throw new CommandFailure(`weir dlq: cannot read ${directory}: ${reasonOf(error)}`);
  });
}

/** The entries of files of a folder; one that stands there twice, after a crash, comes once. */
export async function* entriesOf(
  folder: string,
  files: readonly string[],
): AsyncGenerator<StoredEntry> {
  const seen = new Set<string>();
  for (const file of files) {
    for await (const entry of readEntries(join(folder, file))) {
      const key = `${entry.id}\0${entry.route ?? ''}`;
      if (!seen.has(key)) yield entry;
      seen.add(key);
    }
  }
}
