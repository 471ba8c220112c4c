import { defineExporter } from '../../pipeline/component/exporter.ts';
import type { DeliverySettings, ExporterFactory } from '../../pipeline/component/exporter.ts';
import { toDeliverySettings } from '../../pipeline/deliver/config.ts';
import { remoteWriteConfig } from './config.ts';
import type { RemoteWriteConfig } from './config.ts';
import { nameInstance } from './instance.ts';
import { createRemoteWrite, remoteWriteMetrics } from './prometheus-remote-write.ts';

/** A slice becomes requests on the main thread, so it must be small. */
const maxBytes = 512 * 1024;

/** Pushes metrics to Prometheus, or what else takes its remote write. */
export const remoteWriteExporter: ExporterFactory = defineExporter({
  type: 'prometheus_remote_write',
  stability: 'alpha',
  signals: ['metrics'],
  schema: remoteWriteConfig,
  metrics: remoteWriteMetrics,
  delivery: toSettings,
  prepare: (_config, context) => Promise.resolve(nameInstance(context.dataDir)),
  create: createRemoteWrite,
});

/** Slices overtake each other where several are in flight, and series must keep their order: there is one. */
function toSettings(config: RemoteWriteConfig): DeliverySettings {
  const { sending_queue: queue, remote_write_queue: own } = config;
  const isOwn = queue.queue_size === undefined && queue.sizer === undefined;
  const settings = toDeliverySettings(
    isOwn ? { ...config, sending_queue: { ...queue, queue_size: own.queue_size } } : config,
    { maxBytes },
  );
  const notes = config.wal === undefined ? [] : [walNote];
  return {
    ...settings,
    queue: { ...settings.queue, consumers: 1 },
    notes: [...settings.notes, ...notes],
  };
}

const walNote =
  'wal is accepted and does nothing: sending_queue.storage keeps what is owed on disk';
