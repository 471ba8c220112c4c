import type { ComponentContext } from '../../pipeline/component/context.ts';
import type { Delivery } from '../../pipeline/component/exporter.ts';
import { createHttpAgents } from '../otlp_http/http-agents.ts';
import type { HttpAgents } from '../otlp_http/http-agents.ts';
import { post } from '../otlp_http/http-request.ts';
import type { HttpAnswer } from '../otlp_http/http-request.ts';
import { toNetworkOutcome } from '../otlp_http/network-outcome.ts';
import { toAnswer, toAnswerV2 } from './answer.ts';
import type { Answer } from './answer.ts';
import { protobufMessages } from './config.ts';
import type { RemoteWriteConfig } from './config.ts';
import type { SeriesWrite } from './series-tracker.ts';
import { createServerClock } from './server-clock.ts';
import type { ServerClock } from './server-clock.ts';
import { writeMetadataV1, writeV1 } from './write-v1.ts';
import { writeV2 } from './write-v2.ts';
import type { WritePoint } from './write-point.ts';

/** A server that takes remote write. */
export interface Connection {
  readonly clock: ServerClock;
  /** Sends one request, in the newest protocol that the server is thought to know. */
  send(writes: readonly SeriesWrite[], abort: Delivery['abort']): Promise<Answer>;
  /** Sends what is known of families, where the protocol does not say that with the series. */
  sendMetadata(points: readonly WritePoint[], abort: Delivery['abort']): Promise<Answer>;
  close(): void;
}

/** Below the five seconds after which Node servers close idle connections; Prometheus waits for minutes. */
const idleConnectionMs = 4000;

/** Opens the connections. @throws Error naming the key of a certificate that cannot be read. */
export async function openConnection(
  config: RemoteWriteConfig,
  context: Pick<ComponentContext, 'clock' | 'logger' | 'meter'>,
): Promise<Connection> {
  const agents = await createHttpAgents({
    tls: config.tls,
    maxConnections: 0,
    idleMs: idleConnectionMs,
    keepAlive: true,
    logger: context.logger,
  });
  // Native code, which a configuration that is only checked does not need.
  const { compress } = await import('snappy');
  const clock = createServerClock(context.clock);
  const ask = createAsk(config, { agents, clock, compress, now: () => context.clock.now() });
  let speaksV2 = config.protobuf_message === protobufMessages.v2;
  let isKnown = false;

  /** For as long as the exporter runs: a server that is replaced by a newer one goes on taking 1.0. */
  const fallBack = (answer: string): void => {
    if (!speaksV2) return;
    speaksV2 = false;
    context.meter.count('weir_exporter_protocol_fallbacks_total');
    context.logger.warn('the server does not say that it wrote remote write 2.0: 1.0 is sent now', {
      answer,
    });
  };
  const askV1 = (body: Uint8Array, abort: AbortSignal): Promise<Answer> =>
    ask({ version: 'v1', body, abort, read: toAnswer });

  return {
    clock,
    send: async (writes, abort) => {
      if (speaksV2) {
        const { body, samples } = writeV2(writes);
        const read: ReadAnswer = (answer, nowMs) => toAnswerV2(answer, { samples, isKnown }, nowMs);
        const answer = await ask({ version: 'v2', body, abort, read });
        isKnown ||= answer.kind === 'taken' || answer.kind === 'partial';
        if (answer.kind !== 'unknown_protocol') return answer;
        fallBack(answer.message);
      }
      return askV1(writeV1(writes), abort);
    },
    sendMetadata: (points, abort) =>
      speaksV2 ? Promise.resolve({ kind: 'taken' }) : askV1(writeMetadataV1(points), abort),
    close: () => {
      agents.destroy();
    },
  };
}

const versions = {
  v1: { contentType: 'application/x-protobuf', version: '0.1.0' },
  v2: { contentType: `application/x-protobuf;proto=${protobufMessages.v2}`, version: '2.0.0' },
} as const;

type ReadAnswer = (answer: HttpAnswer, nowMs: number) => Answer;

interface Asking {
  readonly version: keyof typeof versions;
  readonly body: Uint8Array;
  readonly abort: AbortSignal;
  readonly read: ReadAnswer;
}

/** Posts a request and reads the answer, or says what stands for it where there is none. */
function createAsk(
  config: RemoteWriteConfig,
  sides: {
    readonly agents: HttpAgents;
    readonly clock: ServerClock;
    readonly compress: (bytes: Uint8Array) => Promise<Uint8Array>;
    readonly now: () => number;
  },
): (asking: Asking) => Promise<Answer> {
  const url = new URL(config.endpoint);
  const agent = sides.agents.agentOf(url);
  return async ({ version, body: plain, abort, read }) => {
    const headers = {
      'user-agent': 'weir',
      ...config.headers,
      'content-type': versions[version].contentType,
      'content-encoding': 'snappy',
      'x-prometheus-remote-write-version': versions[version].version,
    };
    try {
      const body = await sides.compress(plain);
      const answer = await post({ url, headers, body, agent, abort });
      sides.clock.heard(answer.headers.date);
      return read(answer, sides.now());
    } catch (error) {
      return { kind: 'failed', outcome: toNetworkOutcome(error, { abort }) };
    }
  };
}
