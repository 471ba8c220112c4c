import { join } from 'node:path';
import { StorageError } from '../storage-error.ts';
import type { Position } from '../log.ts';
import type { FileSystem } from './file-system.ts';
import { readSmallFile, replaceFile } from './replace-file.ts';
import { formatVersion } from './segment-format.ts';

/** What a log knows of itself beside its records, in the file `log.json` of its folder. */
export interface Manifest {
  /** Every position below has been given out. */
  readonly floor: Position;
  /** Exporters that have a cursor file: where one of them is missing, it is lost and not new. */
  readonly exporters: readonly string[];
}

const fileName = 'log.json';

/** Writes the manifest so that a crash leaves the old or the new one. */
export function writeManifest(fs: FileSystem, folder: string, manifest: Manifest): void {
  replaceFile(
    fs,
    join(folder, fileName),
    `${JSON.stringify({ format: formatVersion, ...manifest })}\n`,
  );
}

/**
 * Reads the manifest; undefined where there is none, or none that can be read.
 * @throws StorageError where another version of Weir wrote it.
 */
export function readManifest(fs: FileSystem, folder: string): Manifest | undefined {
  const path = join(folder, fileName);
  const content = parseObject(readSmallFile(fs, path));
  if (content === undefined) return undefined;
  checkFormat(content['format'], path);
  const { floor, exporters } = content;
  if (typeof floor !== 'number' || !Array.isArray(exporters)) return undefined;
  return { floor, exporters: exporters.filter((id) => typeof id === 'string') };
}

/** @throws StorageError where the format is not this version's. */
export function checkFormat(format: unknown, path: string): void {
  if (format === formatVersion) return;
  throw new StorageError(
    'foreign_format',
    `${path}: format ${String(format)} is not the one that this version of Weir reads and writes (${formatVersion}); run the version that wrote it, or set another directory`,
  );
}

/** The object in a JSON text; undefined where there is no text or no object in it. */
export function parseObject(
  text: string | undefined,
): Readonly<Record<string, unknown>> | undefined {
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}
