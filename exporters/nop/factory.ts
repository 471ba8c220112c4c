import { defineExporter } from '../../pipeline/component/exporter.ts';
import type { ExporterFactory } from '../../pipeline/component/exporter.ts';
import { delivered } from '../../pipeline/component/outcome.ts';
import { signals } from '../../pipeline/component/signal.ts';
import { toDeliverySettings } from '../../pipeline/deliver/config.ts';
import { nopConfig } from './config.ts';

/** Takes everything and sends it nowhere: for benchmarks and for pipelines that only feed connectors. */
export const nopExporter: ExporterFactory = defineExporter({
  type: 'nop',
  stability: 'stable',
  signals,
  schema: nopConfig,
  delivery: (config) => toDeliverySettings(config, { maxBytes: Infinity }),
  create: () => ({ send: () => Promise.resolve(delivered) }),
});
