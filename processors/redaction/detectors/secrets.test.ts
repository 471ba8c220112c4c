import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { attribute, firstSpan, spanRequest } from '../../../test/support/redacted-span.ts';
import { createRedactString } from '../redact-string.ts';
import { cloudKeys } from './key-families/clouds.ts';
import { codeHostingKeys } from './key-families/code-hosting.ts';
import { modelProviderKeys } from './key-families/model-providers.ts';
import { serviceKeys } from './key-families/services.ts';
import { entropy, isRandom, isScrambled, isSecretText } from './randomness.ts';
import { kubernetesSecret } from './stored-secret.ts';
import { detectorsOf } from './table.ts';
import { presets } from '../presets.ts';
import { createRedactionRun } from '../run-redaction.ts';
import { createScanner, toScannable } from '../scanner.ts';

const redact = createRedactString(detectorsOf(presets.secrets));

/** Marks «…» what must be found as a credential; the guillemets are taken out before. */
const credentials: readonly string[] = [
  // Names and delimiters.
  'db.admin_password=«hunter2!» next',
  "setPassword('password', '«hunter2!»')",
  '<password>«hunter2!»</password>',
  '<add key="ClearTextPassword" value="«OnlyLetters»" />',
  '{"name":"DB_PASSWORD","value":"«hX7!kq92Lm»"}',
  '{"env":[{"name": "DB_PASSWORD", "value": "«hX7!kq92Lm»"}]}',
  '{"log":"{\\"name\\":\\"DB_PASSWORD\\",\\"value\\":\\"«hX7!kq92Lm»\\"}"}',
  '    env:\n      - name: DB_PASSWORD\n        value: «hX7!kq92Lm»\n',
  '"env:\\n      - name: API_TOKEN\\n        value: \\"«q8Zr31LmXv72PqTb»\\"\\n"',
  '[["x-api-key", "«aB3dE5fG7hI9jK1lM3nO5pQ7»"]]',
  '[["accept","*/*"],["x-api-key","«aB3dE5fG7hI9jK1lM3nO5pQ7»"],["te","x"]]',
  '{"name":"Cookie","value":"«sid=aB3dE5fG7hI9jK1lM3nO5pQ7»"}',
  '{"name":"Cookie","value":"«aB3dE5fG7hI9jK1lM3nO5pQ7»"}',
  '{"h":"{\\"name\\": \\"cookie\\", \\"value\\": \\"«aB3dE5fG7hI9jK1lM3nO5pQ7»\\"}"}',
  '{"h":"{\\"name\\": \\"Cookie\\", \\"value\\": \\"«sid=aB3dE5fG7hI9»\\"}"}',
  'val DB_PASSWORD: String = "«hunter2!»"',
  'my password is «hunter22!»',
  '密码：«hunter22!»。',
  'mysql --password «hunter22!» -h db',
  'mysql -u root -p«hunter2!» shop',
  "mysqldump -h db -uroot -p'«hunter2 !»' shop",
  'sshpass -p «hunter2!» ssh joe@db',
  '{"cmd":"cd /srv\\nredis-cli -h db -a \\"«hunter3!»\\" ping"}',
  'MYSQL mysqladmin -p«hunter2!» status && ls',
  'docker login -u joe -p «hunter2!» registry.example',
  'aws configure set aws_secret_access_key «q8Zr31LmXv72PqTbq8Zr31LmXv72»',
  "CREATE USER joe IDENTIFIED WITH sha256_password BY '«hunter2»'; GRANT ALL",
  'mysql -u root -p\\"«hunter2 !»\\" shop',
  "ALTER USER 'joe'@'%' IDENTIFIED BY '«hun\"ter2»';",
  'pass = "«hunter2!»"',
  '{"user":"joe","pw":"«hunter2!»"}',
  'set password to «hunter22!»',
  'please set the admin password to "«hunter22!»".',
  'I changed my password to «Tulip-42!».',
  'Reset password for joe to: «Tulip-42!»',
  'Server=db;User Id=sa;Password=«hunter2!»;Encrypt=true',
  '{"log":"{\\"passwd\\":\\"«p4ssw0rd»\\"}"}',
  'RABBITMQ_DEFAULT_PASS: «r4bbit!»',
  'db_password :::= «hunter2!»',
  'DB_PASSWORD ??= «hunter2!»',
  'password = env.PASSWORD || "«hunter2!»"',
  "options.password ||= '«hunter2!»'",
  "options.password ?? '«hunter2!»'",
  // Keys and tokens.
  'client_secret: «6da89121079f83b2eb6acccf8219ea98»',
  'refresh_token=«aB3dE5fG7hI9jK1lM3nO5pQ7»&x=1',
  'x-api-key: «c4ed6c21-9dd5-4a05-8e3f-c56d1151cce8»',
  'license_key = "«aB3dE5fG7hI9jK1lM3nO5pQ7»"',
  '"key": "«aB3dE5fG7hI9jK1lM3nO5pQ7rS9»"',
  'oc login --token=«aB3dE5fG7hI9jK1lM3nO5pQ7»',
  // Services without a prefix of their own.
  'HEROKU_KEY=«832d2129-a846-4e27-99f4-7004b6ad53ef»',
  'sonar.login = «1a2b3c4d5e6f7a8b9c0d1e2f3a4b5c6d7e8f9a0b»',
  'SUMO_ACCESS_ID = "«suHy7imvADdvU9»"',
  // Where tools keep them.
  'curl -u «api:d2LkV78z» https://x.example',
  'curl -u "«d2LkV78zLx9t:»" https://x.example',
  'curl -H "Token: «3fea6a91»" https://x.example',
  '//registry.example/:_auth=«dXNlcjpwYXNzd29yZA==»',
  '{"auths":{"r.example":{"auth":"«dXNlcjpwYXNzd29yZA==»"}}}',
  'kind: Secret\ndata:\n  conf: «c29tZSBjb25maWd1cmF0aW9u»\ntype: Opaque',
  'data:\n  conf: «c29tZSBjb25maWd1cmF0aW9u»\nkind: Secret',
];

const keys: readonly string[] = [
  'bot 110201543:AAHdqTcvCH1vGWJxfSe1ofSAs0K5PALDsaw',
  'MTk4NjIyNDgzNDcxOTI1MjQ4.Cl2FMQ.ZnCjm1XVW7vRze4b7Cq4se7kKWs',
  'facebook 1308742762612587|rhoK1cbv0DOU_RTX_87O4MkX7AI',
];

const privateKeys: readonly string[] = [
  '{"kty":"EC","crv":"P-256","d":"«870MB6gfuTJ4HtUnUvYMyJpr5eUZNP4Bk43bVdj3eAE»"}',
  `KEY=«${Buffer.from('-----BEGIN RSA PRIVATE KEY-----\nMIIEow+/=').toString('base64').replace(/=+$/, '')}»`,
  'Private-Lines: 1\n«AAAAgQC9uVd8qKxv7WqJ0Q==»\nPrivate-MAC: 0',
];

const clean: readonly string[] = [
  '- name: DB_PASSWORD\n  valueFrom:\n    secretKeyRef: { name: db-1, key: pass-1 }',
  '["token","aB3dE5fG7hI9jK1lM3nO5pQ7","x"]',
  '[["token","aB3dE5fG7hI9jK1lM3nO5pQ7","x"]]',
  '{"name":"password","value":""},{"name":"next1"}',
  '{"name":"max_tokens","value":"4096000"}',
  'password: string; password = process.env.PASS_1; password: ${DB_PASS}; password: "Password is required"',
  'the password is stored as SHA-256; your password is 8 characters; passwd:amd64 (1:4.13)',
  'mysql -P3306 -p -u root; mysql -p$PASS1 -u root; mkdir -p2x/y; mysql --protocol=tcp1',
  'mysql -h db1 -e "select 1" | grep -pattern1; mysql -p"$DB_PASS1"',
  'set the password to 12 characters; use your password to log1n@x; the password to portal-2; changed. Password to use1',
  'convert the password into Uint8Array; we set the token this way1',
  'users are identified by name1; docker login -u joe --password-stdin; docker login -u joe -p $PASS1',
  'ipw=hunter2!; npw: hunter2!; the password that you need here is db-1',
  'gcc -I/usr/include/mysql -pthread -pipe; tar -C /var/lib/mysql -pxzf x.tgz; mysqladmin -port=3306',
  "users are identified by 'user_id'; each row is identified by 'customer-id'",
  '{\n  "run": "mysql -u root -p",\n  "or": "sshpass -p ",\n  "and": "docker login -p"\n}',
  `{"run":"mysql -p'","let":"x'y"} {"run":"create user a identified by 'x","let":"don't"}`,
  '["mysql -p\\\\", "abc", "defg"]',
  'mysql -u root -p[password1] db',
  'pass = 98.5%, fail = 1.5%; pass: 12/15; pass=99%',
  'reset password link to user1@example.com; switch the password manager to 1password',
  'docker run --name mysql -p3306:3306 mysql:8; mysql -u root -ppassword; redis-cli -a $PASS1',
  '{"name":"Cookie","value":"policy-accepted-banner"}',
  'if (password || user1) use(password ?? config1); test -n "$PASSWORD" || exit-1',
  'bypass: "x123"; compass="n0rth"; passwordless=1; paths: ["password", "secrets.*"]',
  'token_type: bearer; max_tokens: 123456; next_page_token: "aB3dE5fG7hI9jK1lM3nO5pQ7"',
  'secretName: my-secret-name-1; credentialsId: 29f63271-dc2f-4734-8221-5b31b5169bac',
  'cache_key: "9f86d081884c7d659a2feaa0c55ad015"; primary_key: user_id_1234567890',
  'api_key: your-api-key-here; API_KEY=xxxxxxxxxxxxxxxxxxxx; apiKey: "<API_KEY_1>"',
  'heroku: a platform; twitter: @someone_1234; discord: 123456789012345678',
  'token: node-v18.12.1-linux-x64; token: com.example.project1.SomeClassName',
  'curl -u user:password x; curl -u "$USER:$PASS" x; curl -H "Authorization: Bearer $TOKEN" x',
  'redis://user:pass@localhost https://a:b@host http://admin:password@127.0.0.1',
  'kind: ConfigMap\ndata:\n  conf: c29tZSBjb25maWd1cmF0aW9u',
  '"d": "870MB6gfuTJ4HtUnUvYMyJpr5eUZNP4Bk43bVdj3eAE"',
  'sha256-9f86d081884c7d659a2feaa0c55ad015a3bf4f1b SKU1234 ACCOUNT sk-learn-something-else',
];

describe('secrets', () => {
  for (const [marked, tag] of [
    ...credentials.map((text) => [text, '[CREDENTIAL]'] as const),
    ...privateKeys.map((text) => [text, '[PRIVATE_KEY]'] as const),
  ]) {
    it(`are found in ${JSON.stringify(marked.slice(0, 60))}`, () => {
      const text = marked.replace(/[«»]/g, '');
      assert.equal(redact(text), marked.replace(/«[^»]*»/, tag));
    });
  }

  for (const text of keys) {
    it(`are found at the end of ${JSON.stringify(text.slice(0, 40))}`, () => {
      assert.match(redact(text), /^(?:\w+ )?\[API_KEY\]$/);
    });
  }

  for (const text of clean) {
    it(`are not seen in ${JSON.stringify(text.slice(0, 60))}`, () => {
      assert.equal(redact(text), text);
    });
  }

  it('of every family are found in prose, in JSON and in JSON of JSON', () => {
    const families = [...modelProviderKeys, ...cloudKeys, ...codeHostingKeys, ...serviceKeys];
    for (const { pattern, minEntropy = 2.6 } of families) {
      // Assertions are about what stands around or is no key; the generator knows none.
      const source = pattern.replace(/\(\?[=!](?:[^()[\]]|\[[^\]]*\])*\)/g, '');
      const key = fc
        .stringMatching(new RegExp(`^(?:${source})$`))
        .filter((text) => isRandom(text, minEntropy) && entropy(text) >= 3.2)
        .filter((text) => new RegExp(`^(?:${pattern})$`).test(text));
      fc.assert(
        fc.property(key, (text) => {
          for (const around of framesOf(text)) {
            assert.ok(!redact(around).includes(text), `${pattern}: ${around}`);
          }
        }),
        { numRuns: 3 },
      );
    }
  });

  it('are told by the key of an attribute alone', () => {
    const secret = 'aB3dE5fG7hI9jK1lM3nO5pQ7';
    const keys = ['db.pass', 'private_key', 'ssh_key', 'http.request.header.cookie'];
    const others = ['bypass', 'compass', 'cache.key', 'cookie_policy'];
    const attributes = [...others, ...keys].map((key) => attribute(key, secret));
    const { run } = createRedactionRun('traces');
    const span = firstSpan(run(spanRequest({ attributes })));
    for (const key of keys) assert.equal(span.attributes.get(key), '[CREDENTIAL]', key);
    for (const key of others) assert.equal(span.attributes.get(key), secret, key);
  });

  it('are looked for once below several keys named data', () => {
    const text = `kind: Secret data: ${'data: '.repeat(50)}c29tZSBjb25maWd1cmF0aW9u`;
    const { hits } = createScanner([kubernetesSecret])({ ...toScannable(text), keyAt: () => '' });
    assert.equal(hits.length, 1);
  });

  it('are told from words, versions and rows of words', () => {
    assert.equal(isSecretText('aB3dE5fG7hI9jK1lM3nO5pQ7'), true);
    assert.equal(isSecretText('node-v18.12.1-linux-x64-musl'), false);
    assert.equal(isScrambled('RdeidRutJuADoVDqPyuIodVhcFnZIqXAfb'), true);
    assert.equal(isScrambled('someVeryLongCamelCaseIdentifierName'), false);
  });
});

function framesOf(key: string): string[] {
  const inner = JSON.stringify({ note: `x\n${key}` });
  return [`use ${key}, please.`, `(${key})`, inner, JSON.stringify({ arguments: inner })];
}
