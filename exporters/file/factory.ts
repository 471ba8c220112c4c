import { defineExporter } from '../../pipeline/component/exporter.ts';
import type { ExporterFactory } from '../../pipeline/component/exporter.ts';
import { signals } from '../../pipeline/component/signal.ts';
import { toDeliverySettings } from '../../pipeline/deliver/config.ts';
import { fileConfig } from './config.ts';
import { createFileExporter } from './file.ts';

/** JSON is several times as long as protobuf, and a line of it is held whole while it is written. */
const maxBytes = 4 * 1024 * 1024;

/** Writes OTLP requests to a file, as lines of JSON or as frames. */
export const fileExporter: ExporterFactory = defineExporter({
  type: 'file',
  stability: 'beta',
  signals,
  schema: fileConfig,
  delivery: (config) => toDeliverySettings(config, { maxBytes }),
  create: createFileExporter,
});
