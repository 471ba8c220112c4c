import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parse } from 'yaml';
import { clientTls, serverTls } from './tls.ts';

function check(schema: typeof clientTls | typeof serverTls, yaml: string): string[] {
  const { error } = schema.safeParse(parse(`{${yaml}}`));
  return (error?.issues ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`);
}

const pem = '"-----BEGIN CERTIFICATE-----"';

/** What both sides refuse, beside a whole certificate. */
const mistakes: readonly (readonly [string, RegExp])[] = [
  [`cert_file: a, key_file: b, cert_pem: ${pem}`, /^cert_pem: cert_file is given too: leave one/],
  [`cert_file: a, key_file: b, key_pem: ${pem}`, /^key_pem: key_file is given too: leave one/],
  ['cert_file: a', /^cert_file: key_file is missing: a certificate and its key go together$/],
  [`key_pem: ${pem}, cert_file: ""`, /^key_pem: cert_file is missing: a certificate and its key/],
  ['cert_file: a, key_pem: b.pem', /^key_pem: holds no PEM \(a file is named by key_file\)$/],
  ['cert_file: a, key_file: b, min_version: "1.1"', /^min_version: "1\.1" is not spoken here/],
  [
    'cert_file: a, key_file: b, min_version: "1.3", max_version: "1.2"',
    /^max_version: is older than min_version 1\.3: raise it, or lower min_version$/,
  ],
  ['cert_file: a, key_file: b, tpm: {enabled: true}', /^tpm: keys are read from files only/],
  [
    'cert_file: a, key_file: b, include_insecure_cipher_suites: true',
    /^include_insecure_cipher_suites: broken cipher suites are not spoken here/,
  ],
];

/** What the Collector's own documentation has for both sides. */
const collectors = `cert_file: a, key_file: b, ca_file: c, min_version: "1.2", max_version: "1.3", reload_interval: 24h,
  include_system_ca_certs_pool: true, curve_preferences: [X25519, P521, P256, P384],
  cipher_suites: [TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, TLS_AES_128_GCM_SHA256]`;

for (const [side, schema] of Object.entries({ client: clientTls, server: serverTls })) {
  describe(`the TLS block of a ${side}`, () => {
    for (const [yaml, message] of mistakes) {
      it(`refuses ${yaml.replaceAll(pem, '…')}, and says what to do`, () => {
        const found = check(schema, yaml);
        assert.equal(found.length, 1, found.join('; '));
        assert.match(found.join(), message);
      });
    }

    it('takes what a Collector has', () => {
      assert.deepEqual(check(schema, collectors), []);
      assert.deepEqual(check(schema, `cert_pem: ${pem}, key_pem: ${pem}`), []);
    });

    it('names the cipher suites that there are', () => {
      const yaml = 'cert_file: a, key_file: b, cipher_suites: [TLS_RSA_WITH_RC4_128_SHA]';
      assert.match(check(schema, yaml).join(), /^cipher_suites\.0: .*TLS_ECDHE_RSA_WITH_AES_128/);
    });
  });
}

describe('a TLS block', () => {
  it('of a client holds one authority’s certificates, in a file or inline', () => {
    assert.match(
      check(clientTls, `ca_file: a, ca_pem: ${pem}`).join(),
      /^ca_pem: ca_file is given/,
    );
    assert.deepEqual(check(clientTls, `ca_file: "", ca_pem: ${pem}`), []);
    assert.deepEqual(check(clientTls, ''), []);
  });

  it('of a server needs a certificate', () => {
    assert.deepEqual(check(serverTls, 'client_ca_file: a'), [
      ': a server has to show a certificate: add cert_file and key_file',
    ]);
  });
});
