import { defineExporter } from '../../pipeline/component/exporter.ts';
import type { ExporterFactory } from '../../pipeline/component/exporter.ts';
import { signals } from '../../pipeline/component/signal.ts';
import { toDeliverySettings } from '../../pipeline/deliver/config.ts';
import { debugConfig } from './config.ts';
import { createDebugExporter } from './debug.ts';
import type { DebugPrepared } from './debug.worker.ts';
import { wantsColour } from './palette.ts';

/** Text of this much telemetry is the most that is rendered and held at once. */
const maxBytes = 4 * 1024 * 1024;

/** Prints what passes as a person reads it: trees of spans with model, tokens, cost and redactions. */
export const debugExporter: ExporterFactory = defineExporter({
  type: 'debug',
  stability: 'beta',
  signals,
  schema: debugConfig,
  metrics: {
    weir_exporter_unprinted_batches_total: {
      type: 'counter',
      help: 'Batches that the debug exporter left out by its sampling settings.',
      labels: [],
    },
  },
  delivery: (config) => toDeliverySettings(config, { maxBytes }),
  prepare: (config): Promise<DebugPrepared> =>
    Promise.resolve({ colour: config.output_paths.every((path) => wantsColour(process[path])) }),
  create: (config, context) => createDebugExporter(config, context, process),
});
