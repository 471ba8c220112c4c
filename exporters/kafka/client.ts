import { readFile } from 'node:fs/promises';
import type kafkajs from 'kafkajs';
import type { Kafka, KafkaConfig, LogEntry, SASLOptions } from 'kafkajs';
import type { Logger } from '../../pipeline/component/context.ts';
import { isGiven } from '../../pipeline/config/tls.ts';
import { readClientContext } from '../../pipeline/tls/secure-context.ts';
import { registerCodecs } from './codecs.ts';
import type { KafkaConnection } from './connection-config.ts';

/** The library, and clients of it. */
export interface KafkaClient {
  readonly library: typeof kafkajs;
  /**
   * Makes a client with the certificates as they are now; a producer or a consumer is given one of its own, so that a
   * renewed certificate is taken as soon as the brokers refuse the old one.
   * @throws Error naming the key of a certificate that cannot be read.
   */
  readonly open: () => Promise<Kafka>;
}

/** Long enough for a handshake across a continent, short enough to go on to the next broker. */
const connectionTimeoutMs = 5000;

/**
 * Repeats inside kafkajs, which are worth more than ours: they carry the sequence numbers of the first attempt, so that a
 * broker that has the messages does not take them twice. About ten seconds in all, longer than a broker needs to restart.
 */
const retry = { initialRetryTime: 100, multiplier: 2, maxRetryTime: 2000, retries: 8 };

/**
 * Loads kafkajs; connects to nothing yet.
 * @throws Error naming the key of a certificate that cannot be read.
 */
export async function createKafkaClient(
  config: KafkaConnection,
  { logger, requestTimeoutMs }: { readonly logger: Logger; readonly requestTimeoutMs: number },
): Promise<KafkaClient> {
  const { default: library } = await import('kafkajs');
  registerCodecs(library);
  const sasl = toSasl(config.auth);
  const options: KafkaConfig = {
    clientId: config.client_id,
    brokers: config.brokers,
    connectionTimeout: connectionTimeoutMs,
    requestTimeout: requestTimeoutMs,
    retry,
    ...(sasl !== undefined && { sasl }),
    logLevel: library.logLevel.WARN,
    logCreator: () => (entry) => {
      forwardLine(logger, entry, entry.level === library.logLevel.ERROR);
    },
  };
  await toSsl(config);
  return {
    library,
    open: async () => new library.Kafka({ ...options, ...(await toSsl(config)) }),
  };
}

function toSasl({ sasl, plain_text }: KafkaConnection['auth']): SASLOptions | undefined {
  if (sasl === undefined) return plain_text && { mechanism: 'plain', ...plain_text };
  const { mechanism, username = '', password = '', oauthbearer_token_file: file = '' } = sasl;
  switch (mechanism) {
    case 'PLAIN':
      return { mechanism: 'plain', username, password };
    case 'SCRAM-SHA-256':
      return { mechanism: 'scram-sha-256', username, password };
    case 'SCRAM-SHA-512':
      return { mechanism: 'scram-sha-512', username, password };
    case 'OAUTHBEARER':
      return { mechanism: 'oauthbearer', oauthBearerProvider: () => readToken(file) };
  }
}

async function readToken(file: string): Promise<{ value: string }> {
  try {
    return { value: (await readFile(file, 'utf8')).trim() };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new TokenError(`auth.sasl.oauthbearer_token_file cannot be read: ${reason}`);
  }
}

/** Named as what kafkajs throws where a broker refuses credentials: what waits for a token waits for the same mend. */
class TokenError extends Error {
  override readonly name = 'KafkaJSSASLAuthenticationError';
}

async function toSsl({ tls }: KafkaConnection): Promise<Pick<KafkaConfig, 'ssl'>> {
  if (tls === undefined || tls.insecure) return {};
  const name = tls.server_name_override;
  return {
    ssl: {
      ...(await readClientContext(tls)),
      rejectUnauthorized: !tls.insecure_skip_verify,
      ...(isGiven(name) && { servername: name }),
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
