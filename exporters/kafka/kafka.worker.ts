import type { Signal } from '../../pipeline/component/signal.ts';
import { defineEncode } from '../../pipeline/component/transform.ts';
import type { EncodeDefinition } from '../../pipeline/component/transform.ts';
import { encodeJson } from '../../pipeline/otlp/encode-json.ts';
import type { KafkaExporterConfig } from './config.ts';
import { createHeadReader } from './heads.ts';
import { headBytes, messageOverheadBytes, packMessages } from './messages.ts';
import type { KafkaMessage, MessageHead } from './messages.ts';
import { splitRequest } from './split-request.ts';
import type { RequestPart } from './split-request.ts';

/** The longest key of those that are not somebody's own: a trace id in hex. */
const maxKeyBytes = 32;

/** Splits a slice by head and size into messages, each an export request of its own, all in one payload. */
export const kafkaEncode: EncodeDefinition = defineEncode<KafkaExporterConfig>({
  type: 'kafka',
  create: (config, _prepared, context) => {
    const { signal } = context;
    const plainHead: MessageHead = { topic: '', key: '', headers: config.record_headers };
    const plainly = (): MessageHead => plainHead;
    const { max_message_bytes: limit } = config.producer;
    // What is longer than foreseen, keys and headers from attributes, makes a message too large, which is then halved.
    const maxBytes = limit - messageOverheadBytes - maxKeyBytes - headBytes(plainHead);
    const isJson = (config[signal].encoding ?? config.encoding) === 'otlp_json';
    const readHeads = createHeadReader(config, context);
    return ({ bytes, items }) => {
      const isWhole = readHeads === undefined && bytes.byteLength <= maxBytes;
      const parts = isWhole
        ? [{ key: plainHead, bytes, items }]
        : splitRequest(bytes, { maxBytes, keyOf: readHeads?.(bytes) ?? plainly });
      const messages = isJson
        ? parts.flatMap((part) => toJson(part, signal, maxBytes))
        : parts.map((part) => ({ head: part.key, value: part.bytes }));
      return [{ body: packMessages(messages), items }];
    };
  },
});

/** JSON is larger than protobuf by what cannot be known before: what turns out too large is split and written again. */
function toJson(part: RequestPart<MessageHead>, signal: Signal, maxBytes: number): KafkaMessage[] {
  const { key: head } = part;
  const value = Buffer.from(encodeJson(signal, part.bytes));
  if (value.byteLength <= maxBytes || part.items < 2) return [{ head, value }];
  const half = Math.ceil(part.bytes.byteLength / 2);
  const smaller = splitRequest(part.bytes, { maxBytes: half, keyOf: () => head });
  if (smaller.length < 2) return [{ head, value }];
  return smaller.flatMap((each) => toJson(each, signal, maxBytes));
}
