import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { encodeJson } from '../../pipeline/otlp/encode-json.ts';
import { createRedactionRun } from '../../processors/redaction/run-redaction.ts';
import { attribute, spanRequest } from '../../test/support/redacted-span.ts';

const main = join(import.meta.dirname, 'main.js');
const run = promisify(execFile);
const key = '0123456789abcdef'.repeat(8);
const other = 'fedcba9876543210'.repeat(8);
let folder = '';
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'weir-decrypt-'));
});
after(() => {
  rmSync(folder, { recursive: true });
});

function write(name: string, content: string): string {
  writeFileSync(join(folder, name), content);
  return name;
}

const options = (): { cwd: string; env: NodeJS.ProcessEnv } => ({
  cwd: folder,
  env: { PATH: process.env['PATH'], NO_COLOR: '1', ENCRYPTION_KEY: key },
});

async function decrypt(...args: readonly string[]): Promise<{ stdout: string; stderr: string }> {
  return run(process.execPath, [main, 'decrypt', ...args], options());
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
    const { stdout, stderr } = await decrypt(file, '--key-file', 'key');
    assert.equal(stdout, `${plain}\n${plain}\n`);
    assert.equal(stderr, '8 values decrypted\n');
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
    const child = spawn(process.execPath, [main, 'decrypt', '-', '-c', config], options());
    child.stdin.end(`user\t${token}\r\nno token [EMAIL~k1:zz]`);
    assert.equal(await text(child.stdout), 'user\tjane@example.org\r\nno token [EMAIL~k1:zz]');
  });

  it('leaves tokens of other keys, says so and fails; older keys can be named too', async () => {
    write('key', key);
    write('other', other);
    const file = write('mixed.jsonl', `${exported(key).encrypted}\n${exported(other).encrypted}\n`);
    await assert.rejects(
      decrypt(file, '-k', 'key'),
      (error: { code: number; stdout: string; stderr: string }) => {
        assert.equal(error.code, 1);
        assert.match(
          error.stderr,
          /4 values decrypted\n.*4 tokens are of another key, and left as written/,
        );
        assert.ok(error.stdout.endsWith(`${exported(other).encrypted}\n`));
        return true;
      },
    );
    const { stderr } = await decrypt(file, '-k', 'key', '-k', 'other');
    assert.equal(stderr, '8 values decrypted\n');
  });

  it('says what is missing: a key, a usable one, a file', async () => {
    write('short', 'abcd');
    write('key', key);
    const file = write('t.txt', 'x');
    const failures = [
      [[file], /has an encryption_key; name a file with --key-file/],
      [[file, '-k', 'none'], /ENOENT.*none/],
      [[file, '-k', 'short'], /the key in short is not 32, 48 or 64 bytes in hex or base64/],
      [['nothing.txt', '-k', 'key'], /cannot read nothing.txt: ENOENT/],
    ] as const;
    for (const [args, message] of failures) {
      await assert.rejects(decrypt(...args), (error: { stderr: string }) =>
        message.test(error.stderr),
      );
    }
  });
});
