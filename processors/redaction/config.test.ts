import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { parse } from 'yaml';
import type { ComponentContext } from '../../pipeline/component/context.ts';
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

  it('refuses unknown keys, entities and unsafe patterns', () => {
    assert.match(problemsOf('url_sanitizer: {}').join(), /url_sanitizer/);
    assert.match(problemsOf('entities: {ibann: redact}').join(), /entities/);
    assert.match(
      problemsOf('blocked_values: ["(a+)+"]').join(),
      /blocked_values.0: the pattern repeats a repetition/,
    );
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
    assert.deepEqual(await redactionProcessor.prepare(config, context), {
      hmacKey: 'k'.repeat(40),
    });
    await rm(folder, { recursive: true });
  });
});

describe('actions', () => {
  const hashKey = { algorithm: 'sha256', key: 'k'.repeat(32), id: 'k1' } as const;

  it('mask all but what identifies a value to its owner', () => {
    const masked = (finding: Finding, value: string): string =>
      replacementOf(finding, value, 'mask', undefined);
    assert.equal(masked('card', '4111 1111 1111 1234'), '**** **** **** 1234');
    assert.equal(masked('us_ssn', '123-45-6789'), '***-**-6789');
    assert.equal(masked('email', 'jane.doe@example.org'), 'j***@e***');
    assert.equal(masked('ip', '203.0.113.77'), '203.0.*.*');
    assert.equal(masked('ip', '2001:db8::1:2'), '2001:db8:*');
    assert.equal(masked('credential', 'hunter2'), '****');
  });

  it('hash one value to one token, however it is written, and another key to another', () => {
    const token = replacementOf('card', '4111 1111 1111 1111', 'hash', hashKey);
    assert.match(token, /^\[CARD#k1:[a-p]{20}\]$/);
    assert.equal(replacementOf('card', '4111111111111111', 'hash', hashKey), token);
    assert.notEqual(replacementOf('card', '5500000000000004', 'hash', hashKey), token);
    const other = { ...hashKey, key: 'o'.repeat(32) };
    assert.notEqual(replacementOf('card', '4111111111111111', 'hash', other), token);
    assert.throws(() => replacementOf('card', '4', 'hash', undefined), /needs a key/);
  });
});
