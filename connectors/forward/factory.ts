import { definePassingConnector } from '../../pipeline/component/connector.ts';
import type { ConnectorFactory } from '../../pipeline/component/connector.ts';
import { signals } from '../../pipeline/component/signal.ts';
import { forwardConfig } from './config.ts';

/** Hands whole batches of a pipeline on to others of the same signal. */
export const forwardConnector: ConnectorFactory = definePassingConnector({
  type: 'forward',
  stability: 'stable',
  connects: signals.map((signal) => ({ from: signal, to: signal })),
  schema: forwardConfig,
});
