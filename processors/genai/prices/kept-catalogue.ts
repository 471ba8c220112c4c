import { createHash } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { makeDirectory } from '../../../pipeline/config/make-directory.ts';
import { isUrl, pathOf } from './fetch-catalogue.ts';
import type { CatalogueText } from './load-catalogue.ts';

/** The last good catalogue of a source, kept over restarts. */
export interface KeptCatalogue extends CatalogueText {
  readonly source: string;
  readonly etag?: string | undefined;
  /** Milliseconds since the epoch at which the source was last found to say this. */
  readonly confirmedMs: number;
}

const keptSchema = z.object({
  source: z.string(),
  id: z.string(),
  json: z.string(),
  etag: z.string().optional(),
  confirmedMs: z.number(),
});

/** Where a processor keeps its catalogue. */
export interface KeptPlace {
  readonly dataDir: string;
  /** Component id. */
  readonly id: string;
}

/** Names a catalogue by its source's file and its content. */
export function nameCatalogue(source: string, json: string): string {
  const path = isUrl(source) ? new URL(source).pathname : pathOf(source);
  const hash = createHash('sha256').update(json).digest('hex');
  return `${basename(path)}@${hash.slice(0, hashDigits)}`;
}

const hashDigits = 12;

/** The kept catalogue of a source; undefined where there is none, or it is another source's. */
export async function readKept(
  place: KeptPlace,
  source: string,
): Promise<KeptCatalogue | undefined> {
  try {
    const kept = keptSchema.parse(JSON.parse(await readFile(fileOf(place), 'utf8')));
    return kept.source === source ? kept : undefined;
  } catch {
    return undefined;
  }
}

/** Keeps a catalogue; whole or not at all. @throws Error where the data directory cannot be written. */
export async function writeKept(place: KeptPlace, kept: KeptCatalogue): Promise<void> {
  const file = fileOf(place);
  makeDirectory(join(place.dataDir, 'state'));
  await writeFile(`${file}.new`, JSON.stringify(kept), { mode: 0o600 });
  await rename(`${file}.new`, file);
}

function fileOf({ dataDir, id }: KeptPlace): string {
  return join(dataDir, 'state', `prices-${id.replaceAll('/', '-')}.json`);
}
