import type { WorkerParts } from '../../pipeline/component/registry.ts';

/**
 * What runs in workers, one line a part; a worker loads those that its graph has. Nothing here may import zod, grpc-js or
 * any I/O.
 */
export const workerParts: WorkerParts = {
  transform: {
    genai: async () => (await import('../../processors/genai/genai.worker.ts')).genaiTransform,
    probabilistic_sampler: async () =>
      (await import('../../processors/probabilistic_sampler/probabilistic-sampler.worker.ts'))
        .probabilisticSamplerTransform,
    redaction: async () =>
      (await import('../../processors/redaction/redaction.worker.ts')).redactionTransform,
  },
  map: {
    genai_metrics: async () =>
      (await import('../../connectors/genai_metrics/genai-metrics.worker.ts')).genaiMetricsMap,
  },
  encode: {
    clickhouse: async () =>
      (await import('../../exporters/clickhouse/clickhouse.worker.ts')).clickhouseEncode,
    debug: async () => (await import('../../exporters/debug/debug.worker.ts')).debugEncode,
    file: async () => (await import('../../exporters/file/file.worker.ts')).fileEncode,
    kafka: async () => (await import('../../exporters/kafka/kafka.worker.ts')).kafkaEncode,
    langfuse: async () =>
      (await import('../../exporters/langfuse/langfuse.worker.ts')).langfuseEncode,
    otlp_http: async () =>
      (await import('../../exporters/otlp_http/otlp-http.worker.ts')).otlpHttpEncode,
    prometheus: async () =>
      (await import('../../exporters/prometheus/prometheus.worker.ts')).prometheusEncode,
    prometheus_remote_write: async () =>
      (await import('../../exporters/prometheus_remote_write/prometheus-remote-write.worker.ts'))
        .remoteWriteEncode,
  },
};
