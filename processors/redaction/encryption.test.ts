import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { attribute, firstSpan, spanRequest } from '../../test/support/redacted-span.ts';
import { createDecrypter } from './decrypt-text.ts';
import { openValue, parseEncryptionKey, sealValue } from './encryption.ts';
import { toLetters } from './letters.ts';
import { createRedactionRun } from './run-redaction.ts';

const hex = '0123456789abcdef'.repeat(8);
const key = Uint8Array.from(Buffer.from(hex, 'hex'));

function redact(text: string, config: object = {}): string {
  const { run } = createRedactionRun('traces', {
    encryption_key: hex,
    action: 'encrypt',
    ...config,
  });
  const span = firstSpan(run(spanRequest({ attributes: [attribute('t', text)] })));
  return String(span.attributes.get('t'));
}

describe('encrypted values', () => {
  it('are what RFC 5297 makes of them', () => {
    // Appendix A.1, whose associated data is ASCII.
    const known = 'fffefdfcfbfaf9f8f7f6f5f4f3f2f1f0f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff';
    const data = Buffer.from('101112131415161718191a1b1c1d1e1f2021222324252627', 'hex').toString();
    const output = '85632d07c6e8f37f950acd320a2ecc9340c02b9690c4dc04daef7f6afe5c';
    const plain = Buffer.from('112233445566778899aabbccddee', 'hex').toString();
    const knownKey = Uint8Array.from(Buffer.from(known, 'hex'));
    assert.equal(openValue(knownKey, data, toLetters(Buffer.from(output, 'hex'))), plain);
  });

  it('come back with their key and under their tag only', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (value) => {
        const sealed = sealValue(key, 'EMAIL', value);
        assert.equal(sealValue(key, 'EMAIL', value), sealed);
        assert.equal(openValue(key, 'EMAIL', sealed), value);
        assert.equal(openValue(key, 'CARD', sealed), undefined);
        assert.equal(
          openValue(
            key.map((byte) => byte ^ 1),
            'EMAIL',
            sealed,
          ),
          undefined,
        );
        assert.equal(openValue(key, 'EMAIL', sealed.slice(2)), undefined);
      }),
      { numRuns: 50 },
    );
    assert.equal(openValue(key, 'EMAIL', 'odd'), undefined);
    assert.equal(openValue(key, 'EMAIL', ''), undefined);
  });

  it('are one token wherever they stand, and nothing is taken for a value in it', () => {
    const once = redact(
      'jane@example.org, password=hunter22, jane@example.org, 4111 1111 1111 1111',
    );
    const [first, second, ...none] = once.match(/\[EMAIL~k1:[a-p]+\]/g) ?? [];
    assert.ok(first !== undefined && first === second && none.length === 0);
    assert.doesNotMatch(once, /jane|hunter22|4111/);
    assert.equal(redact(once), once);
    assert.equal(redact(once, { preset: 'all', encryption_key_id: 'k2' }), once);
    assert.match(redact('jane@example.org', { encryption_key_id: 'k2' }), /^\[EMAIL~k2:/);
  });

  it('of a blocked key and of content that is left out are not encrypted again', () => {
    const config = { blocked_key_patterns: ['^t$'] };
    const once = redact('anything', config);
    assert.match(once, /^\[BLOCKED_KEY~k1:[a-p]+\]$/);
    assert.equal(redact(once, config), once);
  });

  it('stand in text again as it was, byte for byte, in JSON too', () => {
    const decrypt = createDecrypter([key.map((byte) => byte ^ 1), key]);
    for (const text of [
      'mail jane@example.org now',
      '{"a":"x\\njane@example.org","b":["{\\"c\\":\\"jane\\\\u0040example.org\\"}"]}',
      '-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----',
    ]) {
      const encrypted = redact(text);
      assert.notEqual(encrypted, text);
      const line = JSON.stringify({ value: encrypted });
      assert.equal(decrypt(line).text, JSON.stringify({ value: text }));
      assert.equal(decrypt(`value: ${encrypted}`).text, `value: ${text}`);
    }
    const [token = ''] = /\[.*\]/.exec(redact('jane@example.org')) ?? [];
    assert.deepEqual(createDecrypter([])(token), { text: token, opened: 0, closed: 1 });
  });

  it('need a key of the right size, in hex or base64', () => {
    for (const size of [32, 48, 64]) {
      const bytes = Buffer.alloc(size, 0xfb);
      assert.equal(parseEncryptionKey(bytes.toString('hex'))?.length, size);
      assert.equal(parseEncryptionKey(`${bytes.toString('base64')}\n`)?.length, size);
      assert.equal(parseEncryptionKey(bytes.toString('base64url'))?.length, size);
    }
    for (const text of [
      '',
      'k'.repeat(32),
      'ab'.repeat(33),
      'not a key at all, but long enough!!',
    ]) {
      assert.equal(parseEncryptionKey(text), undefined, text);
    }
  });
});
