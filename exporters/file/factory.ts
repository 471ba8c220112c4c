import { defineExporter } from '../../pipeline/component/exporter.ts';
import type { ExporterFactory } from '../../pipeline/component/exporter.ts';
import { signals } from '../../pipeline/component/signal.ts';
import { toDeliverySettings } from '../../pipeline/deliver/config.ts';
import { fileConfig, type FileConfig } from './config.ts';
import { createFileExporter } from './file.ts';

/** JSON is several times as long as protobuf, and a line of it is held whole while it is written. */
const maxBytes = 4 * 1024 * 1024;

/** Writes OTLP requests to a file, as lines of JSON or as frames. */
export const fileExporter: ExporterFactory = defineExporter({
  type: 'file',
  stability: 'beta',
  signals,
  schema: fileConfig,
  delivery: (config) => {
    const settings = toDeliverySettings(config, { maxBytes });
    return { ...settings, notes: [...settings.notes, ...noteEmptied(config)] };
  },
  writesTo: ({ path }) => path,
  create: createFileExporter,
});

/** The Collector's default, which costs whoever does not know it all that was written before a restart. */
function noteEmptied({ append, rotation }: FileConfig): string[] {
  if (append || rotation !== undefined) return [];
  return [
    'the file is emptied at each start, as in the Collector: set append: true to keep what it holds',
  ];
}
