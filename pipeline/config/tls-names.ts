/**
 * Cipher suites by the names that the Collector takes (IANA's; those that Go holds for safe), each with the name that OpenSSL
 * has for it. Those of TLS 1.3 have none: they are always on, as in Go.
 */
const opensslCiphers: Readonly<Record<string, string | undefined>> = {
  TLS_AES_128_GCM_SHA256: undefined,
  TLS_AES_256_GCM_SHA384: undefined,
  TLS_CHACHA20_POLY1305_SHA256: undefined,
  TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA: 'ECDHE-ECDSA-AES128-SHA',
  TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA: 'ECDHE-ECDSA-AES256-SHA',
  TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA: 'ECDHE-RSA-AES128-SHA',
  TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA: 'ECDHE-RSA-AES256-SHA',
  TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256: 'ECDHE-ECDSA-AES128-GCM-SHA256',
  TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384: 'ECDHE-ECDSA-AES256-GCM-SHA384',
  TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256: 'ECDHE-RSA-AES128-GCM-SHA256',
  TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384: 'ECDHE-RSA-AES256-GCM-SHA384',
  TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256: 'ECDHE-RSA-CHACHA20-POLY1305',
  TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256: 'ECDHE-ECDSA-CHACHA20-POLY1305',
};

/** The names in `cipher_suites`. */
export const cipherSuites: readonly string[] = Object.keys(opensslCiphers);

/** True for one of `cipherSuites`. */
export function isCipherSuite(name: string): boolean {
  return cipherSuites.includes(name);
}

const tls13Suites = cipherSuites.filter((suite) => opensslCiphers[suite] === undefined);

/** What Node's `ciphers` is for these suites; undefined, its own choice, where none of TLS 1.2 is among them. */
export function toCiphers(suites: readonly string[]): string | undefined {
  const chosen = suites.flatMap((suite) => opensslCiphers[suite] ?? []);
  // Without the suites of 1.3 in the list Node would speak no more than 1.2.
  return chosen.length === 0 ? undefined : [...tls13Suites, ...chosen].join(':');
}

const opensslCurves = { X25519: 'X25519', P521: 'P-521', P256: 'P-256', P384: 'P-384' } as const;

type Curve = keyof typeof opensslCurves;

/** The names in `curve_preferences`. */
// The table's own keys.
export const curves = Object.keys(opensslCurves) as Curve[];

/** What Node's `ecdhCurve` is for these curves; undefined, its own choice, where there are none. */
export function toEcdhCurve(chosen: readonly Curve[]): string | undefined {
  return chosen.length === 0 ? undefined : chosen.map((curve) => opensslCurves[curve]).join(':');
}
