import { createSecureContext } from 'node:tls';
import type { SecureContextOptions } from 'node:tls';
import {
  Client,
  compressionAlgorithms,
  credentials,
  Metadata,
  type ChannelCredentials,
  type ChannelOptions,
} from '@grpc/grpc-js';
import type { Logger } from '../../pipeline/component/context.ts';
import { isGiven } from '../../pipeline/config/tls.ts';
import type { ClientTls } from '../../pipeline/config/tls.ts';
import { readClientContext } from '../../pipeline/tls/secure-context.ts';
import { watchTlsFiles } from '../../pipeline/tls/watch-files.ts';
import type { OtlpConfig } from './config.ts';
import { parseGrpcEndpoint } from './grpc-endpoint.ts';

/** Longest wait of the channel before it looks a name up, or connects, again. */
const maxReconnectMs = 5000;

/** Makes the clients of an exporter. */
export interface GrpcClients {
  /** Returns a client that connects with its first call, and shares no connection with another. */
  connect(): Client;
  /** Ends the watch of the certificates. */
  stop(): void;
}

/** Who hears of certificates that change while the exporter runs. */
export interface CertificateChange {
  readonly logger: Logger;
  /** From now on clients are made with the new ones. */
  readonly renewed: () => void;
}

/**
 * Reads the certificates, and makes clients with what they hold when each is made.
 * @throws Error where a file of the TLS block cannot be read.
 */
export async function prepareGrpcClients(
  config: OtlpConfig,
  change: CertificateChange,
): Promise<GrpcClients> {
  const endpoint = parseGrpcEndpoint(config.endpoint);
  if (endpoint.kind === 'invalid') throw new Error(endpoint.message);
  const usesTls = endpoint.tls ?? !config.tls.insecure;
  const held = usesTls ? await holdCredentials(config.tls, change) : plaintext;
  const options = toChannelOptions(config);
  return {
    connect: () => new Client(endpoint.target, held.current(), options),
    stop: held.stop,
  };
}

interface HeldCredentials {
  readonly current: () => ChannelCredentials;
  readonly stop: () => void;
}

const plaintext: HeldCredentials = {
  current: () => credentials.createInsecure(),
  stop: () => undefined,
};

async function holdCredentials(
  tls: ClientTls,
  { logger, renewed }: CertificateChange,
): Promise<HeldCredentials> {
  const read = (): Promise<SecureContextOptions> => readClientContext(tls);
  const inUse = await read();
  let current = toCredentials(tls, inUse);
  const renew = (options: SecureContextOptions): void => {
    current = toCredentials(tls, options);
    renewed();
  };
  const stop = watchTlsFiles({ tls, inUse, read, renew, logger });
  return { current: () => current, stop };
}

/** The metadata that goes with every call. */
export function createCallMetadata(config: OtlpConfig): Metadata {
  const metadata = new Metadata({ waitForReady: config.wait_for_ready });
  for (const [key, value] of Object.entries(config.headers)) {
    metadata.set(key, key.endsWith('-bin') ? Buffer.from(value, 'base64') : value);
  }
  return metadata;
}

function toCredentials(tls: ClientTls, options: SecureContextOptions): ChannelCredentials {
  return credentials.createFromSecureContext(createSecureContext(options), {
    rejectUnauthorized: !tls.insecure_skip_verify,
    ...(tls.insecure_skip_verify ? { checkServerIdentity: () => undefined } : {}),
  });
}

function toChannelOptions(config: OtlpConfig): ChannelOptions {
  const { keepalive, tls, authority } = config;
  return {
    'grpc.primary_user_agent': config.user_agent,
    'grpc.default_compression_algorithm':
      config.compression === 'gzip' ? compressionAlgorithms.gzip : compressionAlgorithms.identity,
    // The delivery loop repeats; a second loop below it would hold copies of bodies that nobody counts.
    'grpc.enable_retries': 0,
    // The delivery loop spaces attempts out; two minutes between connects, and half a minute between look-ups of the name,
    // would only keep data back from a sink that is up again.
    'grpc.max_reconnect_backoff_ms': maxReconnectMs,
    'grpc.dns_min_time_between_resolutions_ms': maxReconnectMs,
    // A client that replaces another must not be given the connection that the other gave up.
    'grpc.use_local_subchannel_pool': 1,
    'grpc.service_config': JSON.stringify({
      loadBalancingConfig: [{ [config.balancer_name]: {} }],
    }),
    ...(keepalive === undefined
      ? {}
      : {
          'grpc.keepalive_time_ms': keepalive.time,
          'grpc.keepalive_timeout_ms': keepalive.timeout,
          'grpc.keepalive_permit_without_calls': keepalive.permit_without_stream ? 1 : 0,
        }),
    ...(isGiven(tls.server_name_override) && {
      'grpc.ssl_target_name_override': tls.server_name_override,
    }),
    ...(authority === undefined ? {} : { 'grpc.default_authority': authority }),
  };
}
