import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import { deflateSync, gzipSync } from 'node:zlib';
import { isMostlyText } from './mostly-text.ts';

const prompt = 'Reach me at jane@example.org, or — später — at +1 415 555 0123.\n';

describe('bytes that are mostly text', () => {
  it('may hold some that are not: one in eight', () => {
    const bad = Buffer.from([0xff]);
    const texts = [
      Buffer.from(prompt),
      Buffer.concat([bad, Buffer.from(prompt)]),
      Buffer.concat([Buffer.from(prompt), Buffer.from('é').subarray(0, 1)]),
      Buffer.from(prompt.replaceAll('ä', 'a'), 'latin1'),
      Buffer.concat([Buffer.from('1234567'), bad]),
    ];
    for (const text of texts) assert.equal(isMostlyText(text), true, text.toString());
    assert.equal(isMostlyText(Buffer.concat([Buffer.from('123456'), bad])), false);
  });

  it('are no media, no archives, no numbers and no UTF-16', () => {
    const long = prompt.repeat(50) + randomBytes(400).toString('hex');
    const others = [
      gzipSync(long),
      deflateSync(long),
      Buffer.from(prompt, 'utf16le'),
      Buffer.from(Float32Array.from({ length: 64 }, (_, index) => Math.sin(index)).buffer),
      Buffer.from('89504e470d0a1a0a0000000d49484452000000200000002008060000', 'hex'),
      randomBytes(4096),
    ];
    for (const bytes of others) assert.equal(isMostlyText(bytes), false, bytes.toString('hex'));
  });
});
