import { readFile } from 'node:fs/promises';
import { createSecureContext, rootCertificates } from 'node:tls';
import type { SecureContextOptions } from 'node:tls';
import { isGiven, pemMark } from '../config/tls.ts';
import type { ClientTls, ServerTls } from '../config/tls.ts';
import { toCiphers, toEcdhCurve } from '../config/tls-names.ts';

/**
 * Reads what a client's TLS block names.
 * @throws Error that names the key, where a file cannot be read or the certificate and the key are not a pair.
 */
export async function readClientContext(tls: ClientTls): Promise<SecureContextOptions> {
  return await readContext(tls, await readPem(tls, 'ca'));
}

/** Reads what a server's TLS block names. @throws Error as `readClientContext` does. */
export async function readServerContext(tls: ServerTls): Promise<SecureContextOptions> {
  const { client_ca_file: file } = tls;
  return await readContext(
    tls,
    isGiven(file) ? await readFileOf('client_ca_file', file) : undefined,
  );
}

async function readContext(
  tls: ClientTls | ServerTls,
  authorities: string | undefined,
): Promise<SecureContextOptions> {
  // One after the other, so that of several mistakes always the same one is named.
  const cert = await readPem(tls, 'cert');
  const key = await readPem(tls, 'key');
  const system = tls.include_system_ca_certs_pool ? await readSystemAuthorities() : [];
  const ca = authorities === undefined ? [...system] : [...system, authorities];
  const ciphers = toCiphers(tls.cipher_suites);
  const ecdhCurve = toEcdhCurve(tls.curve_preferences);
  const options: SecureContextOptions = {
    minVersion: `TLSv${tls.min_version}`,
    ...(tls.max_version !== undefined && { maxVersion: `TLSv${tls.max_version}` }),
    ...(ciphers !== undefined && { ciphers }),
    ...(ecdhCurve !== undefined && { ecdhCurve }),
    ...(ca.length > 0 && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
  };
  refuseBroken(options);
  return options;
}

/** Whether the certificates can be used shows only when a context is made of them. */
function refuseBroken(options: SecureContextOptions): void {
  try {
    createSecureContext(options);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`tls: the certificates and the key cannot be used: ${reason}`, {
      cause: error,
    });
  }
}

async function readPem(
  tls: ClientTls | ServerTls,
  part: 'ca' | 'cert' | 'key',
): Promise<string | undefined> {
  const file = tls[`${part}_file`];
  if (isGiven(file)) return await readFileOf(`${part}_file`, file);
  const pem = tls[`${part}_pem`];
  return isGiven(pem) ? pem : undefined;
}

async function readFileOf(key: string, file: string): Promise<string> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`tls.${key} cannot be read: ${reason}`, { cause: error });
  }
  // TLS takes an empty file for no certificate at all, and a file that is being written is empty for a moment.
  if (!text.includes(pemMark)) throw new Error(`tls.${key}: ${file} holds no PEM`);
  return text;
}

/** Where distributions keep the certificates that the machine trusts, as Go looks for them. */
const systemFiles = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/pki/tls/cacert.pem',
  '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem',
  '/etc/ssl/cert.pem',
];

/** What the machine trusts: the file that `SSL_CERT_FILE` names, or the distribution's; Node's own where there is neither. */
async function readSystemAuthorities(): Promise<readonly string[]> {
  const named = process.env['SSL_CERT_FILE'];
  for (const file of isGiven(named) ? [named] : systemFiles) {
    const text = await readFile(file, 'utf8').catch(() => '');
    if (text.includes(pemMark)) return [text];
  }
  return rootCertificates;
}
