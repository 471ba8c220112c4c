import { readFile } from 'node:fs/promises';
import type { SecureContextOptions } from 'node:tls';
import type { ClientTls } from '../../pipeline/config/tls.ts';

/**
 * Reads the files of a client's TLS block.
 * @throws Error that names the key and the file, where one cannot be read or half of a key pair is missing.
 */
export async function readClientTls(tls: ClientTls): Promise<SecureContextOptions> {
  if ((tls.cert_file === undefined) !== (tls.key_file === undefined)) {
    throw new Error('tls.cert_file and tls.key_file go together: one of them is missing');
  }
  const [ca, cert, key] = await Promise.all([
    readPem('ca_file', tls.ca_file),
    readPem('cert_file', tls.cert_file),
    readPem('key_file', tls.key_file),
  ]);
  return {
    minVersion: `TLSv${tls.min_version}`,
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  };
}

async function readPem(key: string, file: string | undefined): Promise<Buffer | undefined> {
  if (file === undefined) return undefined;
  try {
    return await readFile(file);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`tls.${key} cannot be read: ${reason}`, { cause: error });
  }
}
