import { createRegistry } from '../../pipeline/component/registry.ts';
import type { Registry } from '../../pipeline/component/registry.ts';

/** Every component type of this build, one line each; a configuration loads those that it names. */
export const registry: Registry = createRegistry(
  {
    receivers: {
      kafka: async () => (await import('../../receivers/kafka/factory.ts')).kafkaReceiver,
      otlp: async () => (await import('../../receivers/otlp/factory.ts')).otlpReceiver,
    },
    processors: {
      batch: async () => (await import('../../processors/batch/factory.ts')).batchProcessor,
      genai: async () => (await import('../../processors/genai/factory.ts')).genaiProcessor,
      memory_limiter: async () =>
        (await import('../../processors/memory_limiter/factory.ts')).memoryLimiterProcessor,
      probabilistic_sampler: async () =>
        (await import('../../processors/probabilistic_sampler/factory.ts'))
          .probabilisticSamplerProcessor,
      redaction: async () =>
        (await import('../../processors/redaction/factory.ts')).redactionProcessor,
    },
    connectors: {
      forward: async () => (await import('../../connectors/forward/factory.ts')).forwardConnector,
      genai_metrics: async () =>
        (await import('../../connectors/genai_metrics/factory.ts')).genaiMetricsConnector,
    },
    exporters: {
      clickhouse: async () =>
        (await import('../../exporters/clickhouse/factory.ts')).clickhouseExporter,
      debug: async () => (await import('../../exporters/debug/factory.ts')).debugExporter,
      file: async () => (await import('../../exporters/file/factory.ts')).fileExporter,
      kafka: async () => (await import('../../exporters/kafka/factory.ts')).kafkaExporter,
      langfuse: async () => (await import('../../exporters/langfuse/factory.ts')).langfuseExporter,
      nop: async () => (await import('../../exporters/nop/factory.ts')).nopExporter,
      otlp: async () => (await import('../../exporters/otlp/factory.ts')).otlpExporter,
      otlp_http: async () =>
        (await import('../../exporters/otlp_http/factory.ts')).otlpHttpExporter,
      prometheus: async () =>
        (await import('../../exporters/prometheus/factory.ts')).prometheusExporter,
      prometheus_remote_write: async () =>
        (await import('../../exporters/prometheus_remote_write/factory.ts')).remoteWriteExporter,
    },
    extensions: {
      chdb: async () => (await import('../../extensions/chdb/factory.ts')).chdbExtension,
      file_storage: async () =>
        (await import('../../extensions/file_storage/factory.ts')).fileStorageExtension,
      health_check: async () =>
        (await import('../../extensions/health_check/factory.ts')).healthCheckExtension,
    },
  },
  {
    otlp_grpc: 'otlp',
    otlphttp: 'otlp_http',
    prometheusremotewrite: 'prometheus_remote_write',
  },
);
