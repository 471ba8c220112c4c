import { defineReceiver } from '../../pipeline/component/receiver.ts';
import type { ReceiverFactory } from '../../pipeline/component/receiver.ts';
import { otlpConfig } from './config.ts';
import { otlpMetrics } from './metrics.ts';
import { createOtlpReceiver } from './otlp.ts';

/** The `otlp` receiver: OTLP over gRPC and HTTP. */
export const otlpReceiver: ReceiverFactory = defineReceiver({
  type: 'otlp',
  stability: 'beta',
  signals: ['traces', 'logs', 'metrics'],
  schema: otlpConfig,
  metrics: otlpMetrics,
  create: createOtlpReceiver,
});
