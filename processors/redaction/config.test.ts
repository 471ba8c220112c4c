import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { parse } from 'yaml';
import type { ComponentContext } from '../../pipeline/component/context.ts';
import type { Action } from './actions.ts';
import { replacementOf } from './actions.ts';
import type { Finding } from './entity.ts';
import { redactionProcessor } from './factory.ts';

function problemsOf(yaml: string): string[] {
  const result = redactionProcessor.schema.safeParse(parse(yaml) ?? {});
  return (result.error?.issues ?? []).map((issue) => `${issue.path.join('.')}: ${issue.message}`);
}

describe('redaction configuration', () => {
  it('is complete when empty', () => {
    assert.deepEqual(problemsOf(''), []);
  });

  it('takes a configuration of the Collector', () => {
    const yaml = `
      allow_all_keys: false
      allowed_keys: [description, group, id]
      ignored_keys: [safe]
      blocked_key_patterns: [".*token.*", ".*api_key.*"]
      blocked_values: ["4[0-9]{12}(?:[0-9]{3})?", "(5[1-5][0-9]{14})"]
      allowed_values: [".+@mycompany.com"]
      redact_all_types: true
      summary: debug`;
    assert.deepEqual(problemsOf(yaml), []);
  });

  it('refuses hashes without a key, and says why', () => {
    assert.match(
      problemsOf('hash_function: md5').join(),
      /hash_function: md5 without a key hides nothing/,
    );
    assert.match(problemsOf('hash_function: hmac-sha256').join(), /hmac_key: hashing needs a key/);
    assert.match(problemsOf('action: hash').join(), /hmac_key: hashing needs a key/);
    assert.match(problemsOf('entities: {email: hash}').join(), /hmac_key: hashing needs a key/);
    assert.match(problemsOf('{action: hash, hmac_key: short}').join(), /shorter than 32 bytes/);
    assert.deepEqual(problemsOf(`{action: hash, hmac_key: ${'k'.repeat(32)}}`), []);
  });

  it('refuses encryption without a key, or with one of another size', () => {
    assert.match(
      problemsOf('entities: {email: encrypt}').join(),
      /encryption_key: encrypting needs a key: set encryption_key: \$\{env:ENCRYPTION_KEY\} or/,
    );
    assert.match(
      problemsOf('overrides: [{action: encrypt}]').join(),
      /encryption_key: encrypting needs a key/,
    );
    assert.match(
      problemsOf(`{action: encrypt, encryption_key: ${'k'.repeat(32)}}`).join(),
      /encryption_key: the key is not 32, 48 or 64 bytes in hex or base64/,
    );
    const key = `encryption_key: "${'ab'.repeat(64)}"`;
    assert.deepEqual(problemsOf(`{action: encrypt, ${key}}`), []);
    assert.match(
      problemsOf(`{action: encrypt, ${key}, encryption_key_file: x}`).join(),
      /encryption_key_file: set either encryption_key or encryption_key_file/,
    );
  });

  it('refuses unknown keys, entities and unsafe patterns', () => {
    assert.match(problemsOf('url_sanitizer: {}').join(), /url_sanitizer/);
    assert.match(problemsOf('entities: {ibann: redact}').join(), /entities/);
    assert.match(
      problemsOf('blocked_values: ["(?=a)b"]').join(),
      /blocked_values.0: the pattern has the look-around \(\?=…\), which cannot be matched in linear/,
    );
  });

  it('advises on patterns that no literal keeps from most texts', () => {
    const yaml = `
      blocked_values: ['EMP-\\d+', '\\d{5}']
      custom:
        - { name: a, pattern: 'id-\\d+' }
        - { name: b, pattern: '\\d+', keywords: [badge] }
        - { name: c, pattern: '(?i)(?:bad|locker)\\d+' }
        - { name: d, pattern: 'x|abc' }`;
    const advice = redactionProcessor.advise(parse(yaml));
    assert.deepEqual(
      advice.map(({ path }) => path.join('.')),
      ['blocked_values.1', 'custom.3.pattern'],
    );
    assert.match(advice[1]?.message ?? '', /every text is searched .* name keywords/);
  });

  it('reads the key from a file, and refuses to start without it', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'weir-redaction-'));
    const file = join(folder, 'key');
    // The context is not touched: preparing reads one file.
    const context = {} as ComponentContext;
    const config = { action: 'hash', hmac_key_file: file };
    await assert.rejects(redactionProcessor.prepare(config, context), /ENOENT/);
    await writeFile(file, 'too short');
    await assert.rejects(redactionProcessor.prepare(config, context), /shorter than 32 bytes/);
    await writeFile(file, `${'k'.repeat(40)}\n`);
    assert.match(JSON.stringify(await redactionProcessor.prepare(config, context)), /k{40}/);
    const encrypting = { action: 'encrypt', encryption_key_file: file };
    await assert.rejects(redactionProcessor.prepare(encrypting, context), /not 32, 48 or 64 bytes/);
    await writeFile(file, `${'ab'.repeat(64)}\n`);
    assert.match(
      JSON.stringify(await redactionProcessor.prepare(encrypting, context)),
      /"encryptionKey":"(?:ab){64}"/,
    );
    await rm(folder, { recursive: true });
  });
});

describe('actions', () => {
  const keys = {
    algorithm: 'sha256',
    hash: 'k'.repeat(32),
    id: 'k1',
    pseudonym: 'p'.repeat(32),
    encryption: undefined,
    encryptionId: 'k1',
  } as const;
  const replaced = (finding: Finding, value: string, action: Action, traceId = ''): string =>
    replacementOf({ finding, value, action, traceId }, keys);

  it('mask all but what identifies a value to its owner', () => {
    assert.equal(replaced('card', '4111 1111 1111 1234', 'mask'), '**** **** **** 1234');
    assert.equal(replaced('us_ssn', '123-45-6789', 'mask'), '***-**-6789');
    assert.equal(replaced('iban', 'DE89370400440532013000', 'mask'), `${'*'.repeat(18)}3000`);
    assert.equal(replaced('email', 'jane.doe@example.org', 'mask'), 'j***@e***');
    assert.equal(replaced('ip', '203.0.113.77', 'mask'), '203.0.*.*');
    assert.equal(replaced('ip', '2001:db8::1:2', 'mask'), '2001:db8:*');
    assert.equal(replaced('credential', 'hunter2', 'mask'), '****');
    assert.equal(replaced('badge', 'emp:田中太郎1234567', 'mask'), '***:*******4567');
    assert.equal(replaced('badge', 'Łukasz Żółć-Ćma', 'mask'), '****** ***ć-Ćma');
  });

  it('truncate to a beginning that tells nobody', () => {
    assert.equal(replaced('card', '4111 1111 1111 1234', 'truncate'), '411111…');
    assert.equal(replaced('email', 'jane.doe@example.org', 'truncate'), 'jane…');
    assert.equal(replaced('credential', 'hunter2', 'truncate'), '****');
  });

  it('hash one value to one token, however it is written, and another key to another', () => {
    const token = replaced('card', '4111 1111 1111 1111', 'hash');
    assert.match(token, /^\[CARD#k1:[a-p]{20}\]$/);
    assert.equal(replaced('card', '4111111111111111', 'hash'), token);
    assert.notEqual(replaced('card', '5500000000000004', 'hash'), token);
    const found = {
      finding: 'card',
      value: '4111111111111111',
      action: 'hash',
      traceId: '',
    } as const;
    assert.notEqual(replacementOf(found, { ...keys, hash: 'o'.repeat(32) }), token);
    assert.throws(() => replacementOf(found, { ...keys, hash: undefined }), /needs a key/);
  });

  it('give a value one pseudonym within a trace, and another in the next', () => {
    const token = replaced('email', 'Jane@example.org', 'pseudonym', 'aa');
    assert.match(token, /^\[EMAIL_[a-p]{20}\]$/);
    assert.equal(replaced('email', 'jane@example.org', 'pseudonym', 'aa'), token);
    assert.notEqual(replaced('email', 'jane@example.org', 'pseudonym', 'ab'), token);
  });
});
