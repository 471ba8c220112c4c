import type { MetricDeclarations } from '../../pipeline/component/context.ts';

/** Own metrics of the receiver. Items are counted by the pipelines behind it, because only they read the bytes. */
export const kafkaReceiverMetrics = {
  weir_receiver_kafka_messages_total: {
    type: 'counter',
    help: 'Messages that are settled below, so that their offset is committed.',
    labels: ['signal'],
  },
  weir_receiver_kafka_message_bytes_total: {
    type: 'counter',
    help: 'Bytes of their values, uncompressed.',
    labels: ['signal'],
  },
  weir_receiver_kafka_skipped_messages_total: {
    type: 'counter',
    help: 'Messages that no pipeline can read (empty, invalid, too_large); their offset is committed all the same.',
    labels: ['signal', 'reason'],
  },
  weir_receiver_kafka_rejoins_total: {
    type: 'counter',
    help: 'Times that the consumer had to begin anew, after a failure that the client could not mend itself.',
    labels: [],
  },
} as const satisfies MetricDeclarations;
