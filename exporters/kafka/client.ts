import type kafkajs from 'kafkajs';
import type { Kafka, KafkaConfig, LogEntry } from 'kafkajs';
import type { Logger } from '../../pipeline/component/context.ts';
import { readClientTls } from '../otlp/client-tls.ts';
import { registerCodecs } from './codecs.ts';
import type { KafkaConnection } from './connection-config.ts';

/** The library and a client of it. */
export interface KafkaClient {
  readonly library: typeof kafkajs;
  readonly kafka: Kafka;
}

const saslMechanisms = {
  PLAIN: 'plain',
  'SCRAM-SHA-256': 'scram-sha-256',
  'SCRAM-SHA-512': 'scram-sha-512',
} as const;

/** Long enough for a handshake across a continent, short enough to go on to the next broker. */
const connectionTimeoutMs = 5000;

/**
 * Repeats inside kafkajs, which are worth more than ours: they carry the sequence numbers of the first attempt, so that a
 * broker that has the messages does not take them twice. About ten seconds in all, longer than a broker needs to restart.
 */
const retry = { initialRetryTime: 100, multiplier: 2, maxRetryTime: 2000, retries: 8 };

/**
 * Loads kafkajs and creates a client; connects to nothing yet.
 * @throws Error naming the key of a certificate that cannot be read.
 */
export async function createKafkaClient(
  config: KafkaConnection,
  { logger, requestTimeoutMs }: { readonly logger: Logger; readonly requestTimeoutMs: number },
): Promise<KafkaClient> {
  const { default: library } = await import('kafkajs');
  registerCodecs(library);
  const { sasl } = config.auth;
  const kafka = new library.Kafka({
    clientId: config.client_id,
    brokers: config.brokers,
    connectionTimeout: connectionTimeoutMs,
    requestTimeout: requestTimeoutMs,
    retry,
    ...(await toSsl(config)),
    ...(sasl !== undefined && {
      sasl: {
        // Sound because each of these mechanisms takes a user and a password.
        mechanism: saslMechanisms[sasl.mechanism] as 'plain',
        username: sasl.username,
        password: sasl.password,
      },
    }),
    logLevel: library.logLevel.WARN,
    logCreator: () => (entry) => {
      forwardLine(logger, entry, entry.level === library.logLevel.ERROR);
    },
  });
  return { library, kafka };
}

async function toSsl({ tls }: KafkaConnection): Promise<Pick<KafkaConfig, 'ssl'>> {
  if (tls === undefined || tls.insecure) return {};
  const name = tls.server_name_override;
  return {
    ssl: {
      ...(await readClientTls(tls)),
      rejectUnauthorized: !tls.insecure_skip_verify,
      ...(name !== undefined && { servername: name }),
    },
  };
}

/** What it calls an error is mostly a repeat: what matters becomes an outcome, and these lines are for who looks closer. */
function forwardLine(logger: Logger, { log }: LogEntry, isError: boolean): void {
  const { broker, error } = log;
  const fields = {
    said: clip(log.message),
    broker: typeof broker === 'string' ? broker : undefined,
    error: typeof error === 'string' ? clip(error) : undefined,
  };
  if (isError) logger.warn('the Kafka client reports trouble', fields);
  else logger.debug('the Kafka client reports', fields);
}

const maxTextLength = 300;

function clip(text: string): string {
  return text.length > maxTextLength ? `${text.slice(0, maxTextLength)}…` : text;
}
