import { genaiMetricsMap } from '../../connectors/genai_metrics/genai-metrics.worker.ts';
import { clickhouseEncode } from '../../exporters/clickhouse/clickhouse.worker.ts';
import { debugEncode } from '../../exporters/debug/debug.worker.ts';
import { fileEncode } from '../../exporters/file/file.worker.ts';
import { kafkaEncode } from '../../exporters/kafka/kafka.worker.ts';
import { langfuseEncode } from '../../exporters/langfuse/langfuse.worker.ts';
import { otlpHttpEncode } from '../../exporters/otlp_http/otlp-http.worker.ts';
import { prometheusEncode } from '../../exporters/prometheus/prometheus.worker.ts';
import type { WorkerParts } from '../../pipeline/component/registry.ts';
import { genaiTransform } from '../../processors/genai/genai.worker.ts';
import { probabilisticSamplerTransform } from '../../processors/probabilistic_sampler/probabilistic-sampler.worker.ts';
import { redactionTransform } from '../../processors/redaction/redaction.worker.ts';

/** What runs in workers, one line a part. Nothing here may import zod, grpc-js or any I/O. */
export const workerParts: WorkerParts = [
  genaiTransform,
  probabilisticSamplerTransform,
  redactionTransform,
  genaiMetricsMap,
  clickhouseEncode,
  debugEncode,
  fileEncode,
  kafkaEncode,
  langfuseEncode,
  otlpHttpEncode,
  prometheusEncode,
];
