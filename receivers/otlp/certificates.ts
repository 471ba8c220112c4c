import type { SecureContextOptions, TlsOptions } from 'node:tls';
import type { Logger } from '../../pipeline/component/context.ts';
import { isGiven } from '../../pipeline/config/tls.ts';
import type { ServerTls } from '../../pipeline/config/tls.ts';
import { readServerContext } from '../../pipeline/tls/secure-context.ts';
import { watchTlsFiles } from '../../pipeline/tls/watch-files.ts';
import type { StopWatching } from '../../pipeline/tls/watch-files.ts';

/** What a TLS server needs of the YAML. Only clients with a certificate of `client_ca_file` may connect where it is set. */
export async function readTlsOptions(config: ServerTls): Promise<TlsOptions> {
  const asksClients = isGiven(config.client_ca_file);
  return {
    ...(await readServerContext(config)),
    ...(asksClients && { requestCert: true, rejectUnauthorized: true }),
  };
}

/** A server whose certificate can be replaced while it runs. */
export interface CertificateHolder {
  setSecureContext(options: SecureContextOptions): void;
}

/** Gives the server what the files hold when they change; connections that are open stay. */
export function watchCertificates(
  tls: ServerTls,
  inUse: TlsOptions,
  holder: CertificateHolder,
  logger: Logger,
): StopWatching {
  const renew = (options: SecureContextOptions): void => {
    holder.setSecureContext(options);
  };
  return watchTlsFiles({ tls, inUse, read: () => readTlsOptions(tls), renew, logger });
}
