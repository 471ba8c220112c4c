import type { SecureContextOptions } from 'node:tls';
import { isDeepStrictEqual } from 'node:util';
import type { Logger } from '../component/context.ts';
import { isGiven } from '../config/tls.ts';
import type { ClientTls, ServerTls } from '../config/tls.ts';

/** What is read again and again, and who wants to know of a change. */
export interface TlsFiles {
  readonly tls: ClientTls | ServerTls;
  /** What was read at the start. */
  readonly inUse: SecureContextOptions;
  readonly read: () => Promise<SecureContextOptions>;
  /** Takes what new connections are to use; open ones stay. */
  readonly renew: (options: SecureContextOptions) => void;
  readonly logger: Logger;
}

/** Ends the watch. */
export type StopWatching = () => void;

/**
 * Reads the files every `reload_interval`, and hands on what they hold where that is not what is in use. A half-written or
 * broken pair leaves the old one in place, with a line in the log, and is tried again.
 */
export function watchTlsFiles({ tls, inUse, read, renew, logger }: TlsFiles): StopWatching {
  if (!hasFiles(tls) || tls.reload_interval === 0) return () => undefined;
  let current = inUse;
  let isLooking = false;
  let isStopped = false;
  const look = async (): Promise<void> => {
    if (isLooking) return;
    isLooking = true;
    try {
      const found = await read();
      if (isStopped || isDeepStrictEqual(found, current)) return;
      renew(found);
      current = found;
      logger.info('TLS certificate reloaded');
    } catch (error) {
      logger.error('TLS certificate not reloaded, the old one stays in use', {
        error: error instanceof Error ? error.message : String(error),
      });
    } finally {
      isLooking = false;
    }
  };
  const timer = setInterval(() => void look(), tls.reload_interval).unref();
  return () => {
    isStopped = true;
    clearInterval(timer);
  };
}

function hasFiles(tls: ClientTls | ServerTls): boolean {
  const { ca_file, cert_file, key_file } = tls;
  const clients = 'client_ca_file' in tls ? tls.client_ca_file : undefined;
  return [ca_file, cert_file, key_file, clients].some(isGiven);
}
