import { resolve } from 'node:path';
import type { ComponentContext } from '../../pipeline/component/context.ts';
import type { Extension } from '../../pipeline/component/extension.ts';
import { storageOffer } from '../../pipeline/log/storage.ts';
import type { StorageSettings } from '../../pipeline/log/storage.ts';
import type { FileStorageConfig } from './config.ts';

/**
 * Tells the engine where logs are kept. The engine opens them, because they outlive this extension: a reload goes on with
 * the logs that are open.
 */
export function createFileStorage(
  { directory, fsync }: FileStorageConfig,
  { dataDir }: Pick<ComponentContext, 'dataDir'>,
): Extension {
  const settings: StorageSettings = {
    directory: directory === undefined ? dataDir : resolve(directory),
    mode: fsync ? 'fsync' : 'write',
  };
  return { offers: { [storageOffer]: settings } };
}
