import type { Signal } from '../../pipeline/component/signal.ts';
import { defineEncode } from '../../pipeline/component/transform.ts';
import type { EncodeDefinition } from '../../pipeline/component/transform.ts';
import { encodeJson } from '../../pipeline/otlp/encode-json.ts';
import type { KafkaExporterConfig } from './config.ts';
import { resourceKey, traceIdField, traceIdKey } from './keys.ts';
import { messageOverheadBytes, packMessages } from './messages.ts';
import type { KafkaMessage } from './messages.ts';
import { splitRequest } from './split-request.ts';
import type { Envelope, RequestPart, SplitOptions } from './split-request.ts';

/** The longest key: a trace id in hex. */
const maxKeyBytes = 32;

/** Splits a slice by key and size into messages, each an export request of its own, all in one payload. */
export const kafkaEncode: EncodeDefinition = defineEncode<KafkaExporterConfig>({
  type: 'kafka',
  create: (config, _prepared, { signal }) => {
    const maxBytes = config.producer.max_message_bytes - messageOverheadBytes - maxKeyBytes;
    const isJson = (config[signal].encoding ?? config.encoding) === 'otlp_json';
    return ({ bytes, items }) => {
      const keyOf = keyReader(config, signal, bytes);
      const isWhole = keyOf === undefined && bytes.byteLength <= maxBytes;
      const parts = isWhole
        ? [{ key: '', bytes, items }]
        : splitRequest(bytes, { maxBytes, keyOf: keyOf ?? noKey });
      const messages = isJson
        ? parts.flatMap((part) => toJson(part, signal, maxBytes))
        : parts.map((part) => ({ key: part.key, value: part.bytes }));
      return [{ body: packMessages(messages), items }];
    };
  },
});

const noKey = (): string => '';

/** Undefined where messages have no key. */
function keyReader(
  config: KafkaExporterConfig,
  signal: Signal,
  bytes: Uint8Array,
): SplitOptions['keyOf'] | undefined {
  if (signal === 'traces')
    return config.partition_traces_by_id ? byTraceId(bytes, 'traces') : undefined;
  if (signal === 'metrics') {
    return config.partition_metrics_by_resource_attributes ? byResource() : undefined;
  }
  if (config.partition_logs_by_resource_attributes) return byResource();
  return config.partition_logs_by_trace_id ? byTraceId(bytes, 'logs') : undefined;
}

function byTraceId(bytes: Uint8Array, signal: 'traces' | 'logs'): SplitOptions['keyOf'] {
  return (item) => traceIdKey(bytes, item, traceIdField[signal]);
}

function byResource(): SplitOptions['keyOf'] {
  const keys = new Map<Envelope, string>();
  return (_item, resource) => {
    const key = keys.get(resource) ?? resourceKey(resource);
    keys.set(resource, key);
    return key;
  };
}

/** JSON is larger than protobuf by what cannot be known before: what turns out too large is split and written again. */
function toJson(part: RequestPart, signal: Signal, maxBytes: number): KafkaMessage[] {
  const value = Buffer.from(encodeJson(signal, part.bytes));
  if (value.byteLength <= maxBytes || part.items < 2) return [{ key: part.key, value }];
  const half = Math.ceil(part.bytes.byteLength / 2);
  const smaller = splitRequest(part.bytes, { maxBytes: half, keyOf: () => part.key });
  if (smaller.length < 2) return [{ key: part.key, value }];
  return smaller.flatMap((each) => toJson(each, signal, maxBytes));
}
