import { forwardConnector } from '../../connectors/forward/factory.ts';
import { genaiMetricsConnector } from '../../connectors/genai_metrics/factory.ts';
import { clickhouseExporter } from '../../exporters/clickhouse/factory.ts';
import { debugExporter } from '../../exporters/debug/factory.ts';
import { fileExporter } from '../../exporters/file/factory.ts';
import { kafkaExporter } from '../../exporters/kafka/factory.ts';
import { langfuseExporter } from '../../exporters/langfuse/factory.ts';
import { nopExporter } from '../../exporters/nop/factory.ts';
import { otlpExporter } from '../../exporters/otlp/factory.ts';
import { otlpHttpExporter } from '../../exporters/otlp_http/factory.ts';
import { prometheusExporter } from '../../exporters/prometheus/factory.ts';
import { chdbExtension } from '../../extensions/chdb/factory.ts';
import { fileStorageExtension } from '../../extensions/file_storage/factory.ts';
import { healthCheckExtension } from '../../extensions/health_check/factory.ts';
import { createRegistry } from '../../pipeline/component/registry.ts';
import type { Registry } from '../../pipeline/component/registry.ts';
import { batchProcessor } from '../../processors/batch/factory.ts';
import { genaiProcessor } from '../../processors/genai/factory.ts';
import { memoryLimiterProcessor } from '../../processors/memory_limiter/factory.ts';
import { probabilisticSamplerProcessor } from '../../processors/probabilistic_sampler/factory.ts';
import { redactionProcessor } from '../../processors/redaction/factory.ts';
import { kafkaReceiver } from '../../receivers/kafka/factory.ts';
import { otlpReceiver } from '../../receivers/otlp/factory.ts';

/** Every component type of this build, one line each, with the Collector's other spellings. */
export const registry: Registry = createRegistry(
  [
    kafkaReceiver,
    otlpReceiver,
    batchProcessor,
    genaiProcessor,
    memoryLimiterProcessor,
    probabilisticSamplerProcessor,
    redactionProcessor,
    forwardConnector,
    genaiMetricsConnector,
    clickhouseExporter,
    debugExporter,
    fileExporter,
    kafkaExporter,
    langfuseExporter,
    nopExporter,
    otlpExporter,
    otlpHttpExporter,
    prometheusExporter,
    chdbExtension,
    fileStorageExtension,
    healthCheckExtension,
  ],
  { otlp_grpc: 'otlp', otlphttp: 'otlp_http' },
);
