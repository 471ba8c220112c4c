import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { encodeJson } from '../../pipeline/otlp/encode-json.ts';
import { createRedactionRun } from '../../processors/redaction/run-redaction.ts';
import { attribute, spanRequest } from '../../test/support/redacted-span.ts';
import type { FinishedRun } from '../../test/support/child-of-test.ts';
import { makeCommandFolder } from '../../test/support/run-weir.ts';
import { exitCodes } from './exit-code.ts';

const key = '0123456789abcdef'.repeat(8);
const other = 'fedcba9876543210'.repeat(8);
const { weir, write } = makeCommandFolder();

function decrypt(args: readonly string[], input = ''): Promise<FinishedRun> {
  return weir(['decrypt', ...args], { input, env: { ENCRYPTION_KEY: key } });
}

/** What the file exporter writes of a span, encrypted and as it was. */
function exported(encryption: string): { readonly plain: string; readonly encrypted: string } {
  const request = spanRequest({
    name: 'to jane@example.org',
    attributes: [
      attribute('m', '{"text":"line\\njane@example.org","card":4111111111111111}'),
      attribute('k', '-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBg\n-----END PRIVATE KEY-----'),
    ],
  });
  const config = { action: 'encrypt', encryption_key: encryption, summary: 'silent' };
  const encrypted = encodeJson('traces', createRedactionRun('traces', config).run(request));
  // A bare number comes back as a string.
  const plain = encodeJson('traces', request).replace('4111111111111111', '\\"4111111111111111\\"');
  return { plain, encrypted };
}

describe('weir decrypt', () => {
  it('prints what the file exporter wrote with its values, and keeps it JSON', async () => {
    const { plain, encrypted } = exported(key);
    assert.doesNotMatch(encrypted, /jane|4111|MIIE/);
    write('key', `${key}\n`);
    const file = write('spans.jsonl', `${encrypted}\n${encrypted}\n`);
    assert.deepEqual(await decrypt([file, '--key-file', 'key']), {
      code: exitCodes.ok,
      stdout: `${plain}\n${plain}\n`,
      stderr: '8 values decrypted\n',
    });
  });

  it('takes the key of a configuration, and any text on standard input', async () => {
    const { encrypted } = exported(key);
    const [token = ''] = /\[EMAIL~k1:[a-p]+\]/.exec(encrypted) ?? [];
    const config = write(
      'config.yaml',
      `receivers: { otlp: { protocols: { grpc: } } }
processors: { redaction: { action: encrypt, encryption_key: '\${env:ENCRYPTION_KEY}' } }
exporters: { debug: }
service: { pipelines: { logs: { receivers: [otlp], processors: [redaction], exporters: [debug] } } }`,
    );
    const input = `user\t${token}\r\nno token [EMAIL~k1:zz]`;
    const { code, stdout } = await decrypt(['-', '-c', config], input);
    assert.equal(stdout, 'user\tjane@example.org\r\nno token [EMAIL~k1:zz]');
    assert.equal(code, exitCodes.ok);
  });

  it('leaves tokens of other keys, says so and fails; older keys can be named too', async () => {
    write('key', key);
    write('other', other);
    const file = write('mixed.jsonl', `${exported(key).encrypted}\n${exported(other).encrypted}\n`);
    const { code, stdout, stderr } = await decrypt([file, '-k', 'key']);
    assert.equal(code, exitCodes.failed);
    assert.match(stderr, /4 values decrypted\n.*4 tokens are of another key, and left as written/);
    assert.ok(stdout.endsWith(`${exported(other).encrypted}\n`));
    const both = await decrypt([file, '-k', 'key', '-k', 'other']);
    assert.deepEqual([both.code, both.stderr], [exitCodes.ok, '8 values decrypted\n']);
  });

  it('says what is missing: a key, a usable one, a file', async () => {
    write('short', 'abcd');
    write('key', key);
    const file = write('t.txt', 'x');
    const failures = [
      [[file], /has an encryption_key; name a file with --key-file/],
      [[file, '-k', 'none'], /cannot read none: no such file\n/],
      [[file, '-k', 'short'], /the key in short is not 32, 48 or 64 bytes in hex or base64/],
      [['nothing.txt', '-k', 'key'], /cannot read nothing.txt: no such file/],
    ] as const;
    for (const [args, message] of failures) {
      const { code, stderr } = await decrypt(args);
      assert.notEqual(code, exitCodes.ok);
      assert.match(stderr, message);
    }
  });
});
