import { defineExporter } from '../../pipeline/component/exporter.ts';
import type { DeliverySettings } from '../../pipeline/component/exporter.ts';
import { toDeliverySettings } from '../../pipeline/deliver/config.ts';
import { createClickHouse } from './clickhouse.ts';
import { clickhouseSchema } from './config.ts';
import type { ClickHouseConfig } from './config.ts';

/** OTLP bytes of one slice at most; its rows are about as large, and are held until they are stored. */
const maxSliceBytes = 32 * 1024 * 1024;

/**
 * What is gathered where the YAML has no `sending_queue.batch`: each insert makes a part on disk that must be merged, so
 * one a second is the most that ClickHouse likes. The Collector asks its users to set this by hand.
 */
const defaultGathering = { minItems: 8192, flushMs: 1000 };

/** Rows to ClickHouse over HTTP, in the Collector's tables with typed gen_ai columns. */
export const clickhouseExporter = defineExporter({
  type: 'clickhouse',
  stability: 'alpha',
  signals: ['traces', 'logs', 'metrics'],
  schema: clickhouseSchema,
  delivery,
  needs: ({ endpoint }) =>
    endpoint === undefined ? { type: 'chdb', instead: 'set endpoint' } : undefined,
  create: createClickHouse,
});

function delivery(config: ClickHouseConfig): DeliverySettings {
  const settings = toDeliverySettings(config, { maxBytes: maxSliceBytes });
  if (config.sending_queue.batch !== undefined) return settings;
  return { ...settings, batch: { ...settings.batch, ...defaultGathering } };
}
