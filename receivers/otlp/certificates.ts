import { readFile } from 'node:fs/promises';
import type { SecureContextOptions, TlsOptions } from 'node:tls';
import { isDeepStrictEqual } from 'node:util';
import type { Logger } from '../../pipeline/component/context.ts';
import type { ServerTls } from '../../pipeline/config/tls.ts';

/** What a TLS server needs of the YAML. Only clients with a certificate of `client_ca_file` may connect where it is set. */
export async function readTlsOptions(config: ServerTls): Promise<TlsOptions> {
  // One after the other, so that of several mistakes always the same one is named.
  const cert = config.cert_pem ?? (await readPem('cert_file', config.cert_file));
  const key = config.key_pem ?? (await readPem('key_file', config.key_file));
  const { client_ca_file: caFile } = config;
  const ca = caFile === undefined ? undefined : await readPem('client_ca_file', caFile);
  return {
    cert,
    key,
    minVersion: `TLSv${config.min_version}`,
    ...(config.max_version !== undefined && { maxVersion: `TLSv${config.max_version}` }),
    ...(ca !== undefined && { ca, requestCert: true, rejectUnauthorized: true }),
  };
}

async function readPem(key: string, file: string | undefined): Promise<string> {
  if (file === undefined) throw new Error(`tls needs ${key}`);
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw new Error(`tls.${key}: cannot read ${file}`, { cause: error });
  }
  // TLS takes an empty file for no certificate at all, and a file that is being written is empty for a moment.
  if (!text.includes('-----BEGIN ')) throw new Error(`tls.${key}: ${file} holds no PEM`);
  return text;
}

/** A server whose certificate can be replaced while it runs. */
export interface CertificateHolder {
  setSecureContext(options: SecureContextOptions): void;
}

/** Ends the watch. */
export type StopWatching = () => void;

/**
 * Reads the files every `reload_interval`, and gives the server what they hold where that is not what is `inUse`;
 * connections that are open stay. A half-written or broken pair leaves the old one in place, with a line in the log, and is
 * tried again.
 */
export function watchCertificates(
  config: ServerTls,
  inUse: TlsOptions,
  holder: CertificateHolder,
  logger: Logger,
): StopWatching {
  const files = [config.cert_file, config.key_file, config.client_ca_file];
  const hasFiles = files.some((file) => file !== undefined);
  if (!hasFiles || config.reload_interval === 0) return () => undefined;
  let current = inUse;
  let isLooking = false;
  const look = async (): Promise<void> => {
    if (isLooking) return;
    isLooking = true;
    try {
      const found = await readTlsOptions(config);
      if (!isDeepStrictEqual(found, current)) {
        holder.setSecureContext(found);
        current = found;
        logger.info('TLS certificate reloaded');
      }
    } catch (error) {
      logger.error('TLS certificate not reloaded, the old one stays in use', {
        error: error instanceof Error ? error.message : String(error),
      });
    } finally {
      isLooking = false;
    }
  };
  const timer = setInterval(() => void look(), config.reload_interval).unref();
  return () => {
    clearInterval(timer);
  };
}
