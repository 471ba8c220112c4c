import { defineExtension } from '../../pipeline/component/extension.ts';
import type { ExtensionFactory } from '../../pipeline/component/extension.ts';
import { fileStorageConfig } from './config.ts';
import { createFileStorage } from './file-storage.ts';

/** Logs on disk: what is acknowledged outlives the process. */
export const fileStorageExtension: ExtensionFactory = defineExtension({
  type: 'file_storage',
  stability: 'beta',
  schema: fileStorageConfig,
  isStorage: true,
  create: createFileStorage,
});
