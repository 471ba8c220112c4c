import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { attribute, firstSpan, spanRequest } from '../../test/support/redacted-span.ts';
import { createRedactionRun } from './run-redaction.ts';

/** Looks like a card and a mail address where anybody looks. */
const hidden = '4111111111111111';
const noise = Buffer.from(Array.from({ length: 600 }, (_, index) => (index * 7919) % 251));
const base64 = `${noise.toString('base64').slice(0, 400)}/${hidden}/${noise.toString('base64').slice(0, 300)}`;
const floats = Array.from({ length: 40 }, (_, index) => ((index * 37) % 100) / 97 - 0.5);

interface Skipped {
  readonly text: string;
  readonly media: number;
  readonly vectors: number;
}

function skippedIn(text: string): Skipped {
  const { run, counts } = createRedactionRun('traces');
  const span = firstSpan(run(spanRequest({ attributes: [attribute('t', text)] })));
  const count = (reason: string): number =>
    counts.get(`weir_redaction_skipped_payloads_total ${reason}`) ?? 0;
  return {
    text: String(span.attributes.get('t')),
    media: count('media'),
    vectors: count('vector'),
  };
}

describe('payloads that hold no text', () => {
  const wrapped = (part: object): string =>
    JSON.stringify([{ role: 'user', content: [part, { text: 'jane@example.org' }] }]);

  for (const [name, part] of [
    ['a data URI', { image_url: { url: `data:image/png;base64,${base64}` } }],
    ['a PNG of semconv', { type: 'blob', mime_type: 'image/png', content: `iVBORw0KGgo${base64}` }],
    [
      'a JPEG of Anthropic',
      { source: { type: 'base64', media_type: 'image/jpeg', data: `/9j/4${base64}` } },
    ],
    ['raw audio of OpenAI', { input_audio: { data: base64, format: 'pcm16' } }],
    ['raw audio with its format first', { input_audio: { format: 'pcm16', data: base64 } }],
    ['raw audio of Gemini', { inlineData: { mimeType: 'audio/pcm', data: base64 } }],
    ['a generated image', { b64_json: base64 }],
  ] as const) {
    it(`pass over ${name}, and count it`, () => {
      for (const text of [wrapped(part), JSON.stringify(wrapped(part))]) {
        const skipped = skippedIn(text);
        assert.equal(skipped.text, text.replace('jane@example.org', '[EMAIL]'));
        assert.ok(skipped.media >= 1);
      }
    });
  }

  it('scan base64 that nothing says is media, and short texts behind the same words', () => {
    for (const text of [`{"x":"${base64}"}`, `{"input_audio":"${hidden}"}`, `UklGR ${hidden}`]) {
      const skipped = skippedIn(text);
      assert.match(skipped.text, /\[CARD\]/);
      assert.equal(skipped.media, 0);
    }
    assert.match(
      skippedIn(`see http://uQ.example/${'a/'.repeat(60)}?m=jane@example.org`).text,
      /\[EMAIL\]/,
    );
  });

  it('scan a long JSON web token beside a type of media', () => {
    const part = (value: object): string =>
      Buffer.from(JSON.stringify(value)).toString('base64url');
    const header = part({ alg: 'RS256', typ: 'JWT', x5c: [`MIIC${'y'.repeat(400)}`] });
    const token = `${header}.${part({ sub: '42' })}.SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c`;
    const { text } = skippedIn(`{"mime_type":"application/json","id_token":"${token}"}`);
    assert.equal(text, '{"mime_type":"application/json","id_token":"[JWT]"}');
  });

  it('scan what stands between a key that announces media and the payload', () => {
    const text = `{"mime_type":"image/png","by":"jane@example.org","ip":"203.0.113.77","data":"${base64}"}`;
    const skipped = skippedIn(text);
    assert.equal(
      skipped.text,
      text.replace('jane@example.org', '[EMAIL]').replace('203.0.113.77', '[IP]'),
    );
    assert.equal(skipped.media, 1);
  });

  it('scan keys in armour as base64, whatever says that they are a file', () => {
    const pem = `-----BEGIN PRIVATE KEY-----\n${noise.toString('base64')}\n-----END PRIVATE KEY-----`;
    const armoured = Buffer.from(pem).toString('base64');
    for (const before of ['data:application/x-pem-file;base64,', '{"mime_type":"x","data":"']) {
      assert.equal(skippedIn(`${before}${armoured}`).text, `${before}[PRIVATE_KEY]`);
    }
  });

  it('pass over vectors in JSON, however it is laid out and nested, and count them', () => {
    for (const vector of [
      JSON.stringify(floats),
      JSON.stringify(floats, null, 2),
      JSON.stringify(floats).replaceAll(',', ', '),
      JSON.stringify([1e-7, ...floats, 0, 1]),
    ]) {
      for (const text of [
        `{"embedding":${vector},"by":"jane@example.org"}`,
        JSON.stringify({ inner: `{"embedding":${vector},"by":"jane@example.org"}` }),
      ]) {
        const skipped = skippedIn(text);
        assert.equal(skipped.text, text.replace('jane@example.org', '[EMAIL]'));
        assert.equal(skipped.vectors, 1, text.slice(0, 60));
      }
    }
  });

  it('find numbers that are no components in what begins like a vector', () => {
    const text = JSON.stringify([...floats, Number(hidden), ...floats]);
    const skipped = skippedIn(text);
    assert.deepEqual(JSON.parse(skipped.text), [...floats, '[CARD]', ...floats]);
    assert.equal(skippedIn(JSON.stringify(floats.map(Math.round))).vectors, 0);
  });

  it('pass over arrays of doubles, and count them', () => {
    const { run, counts } = createRedactionRun('traces');
    const values = floats.map((doubleValue) => ({ doubleValue }));
    const request = spanRequest({ attributes: [{ key: 'v', value: { arrayValue: { values } } }] });
    assert.equal(run(request), request);
    assert.equal(counts.get('weir_redaction_skipped_payloads_total vector'), 1);
  });

  it('take time in proportion to what only begins like them', () => {
    const began = ['[0.1,', '[\n ', 'input_audio"', '"/9j/4', ';base64,', '[-1'];
    for (const start of began) {
      const text = start.repeat(Math.ceil(100_000 / start.length));
      assert.ok(skippedIn(text).text === text || start === ';base64,');
    }
  });
});
