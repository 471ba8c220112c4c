import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { JsonSyntaxError } from './json-syntax-error.ts';
import { createJsonTokenizer } from './tokenizer.ts';
import type { JsonToken, JsonTokenizer } from './tokenizer.ts';
import { unescapeJson } from './unescape.ts';

function open(text: string, options = {}): JsonTokenizer {
  const tokens = createJsonTokenizer(options);
  tokens.reset(Buffer.from(text));
  return tokens;
}

function kinds(text: string, options = {}): JsonToken[] {
  const tokens = open(text, options);
  const seen: JsonToken[] = [];
  do seen.push(tokens.next());
  while (tokens.token !== 'end' && tokens.token !== 'cut_off');
  return seen;
}

/** Builds the value, as JSON.parse would. */
function build(tokens: JsonTokenizer): unknown {
  switch (tokens.token) {
    case 'begin_array': {
      const list: unknown[] = [];
      while (tokens.next() !== 'end_array') list.push(build(tokens));
      return list;
    }
    case 'begin_object': {
      const entries: [string, unknown][] = [];
      while (tokens.next() !== 'end_object') {
        const key = tokens.string();
        tokens.next();
        entries.push([key, build(tokens)]);
      }
      return Object.fromEntries(entries);
    }
    case 'string':
      return tokens.string();
    case 'number':
      return Number(tokens.text());
    case 'true':
      return true;
    case 'false':
      return false;
    case 'null':
      return null;
    case 'key':
    case 'end':
    case 'end_object':
    case 'end_array':
    case 'cut_off':
      throw new Error(`no value begins with ${tokens.token}`);
  }
}

function parse(text: string): unknown {
  const tokens = open(text, { maxDepth: 1000 });
  tokens.next();
  const value = build(tokens);
  assert.equal(tokens.next(), 'end');
  return value;
}

function acceptsAsJsonParse(text: string): void {
  let expected: unknown;
  try {
    expected = JSON.parse(text);
  } catch {
    assert.throws(() => parse(text), JsonSyntaxError, JSON.stringify(text));
    return;
  }
  assert.deepEqual(parse(text), replaceLoneSurrogates(expected));
}

/** UTF-8 has no lone surrogates, so a tokenizer over bytes gives U+FFFD where JSON.parse keeps them. */
function replaceLoneSurrogates(value: unknown): unknown {
  if (typeof value === 'string') return Buffer.from(value).toString();
  if (Array.isArray(value)) return value.map(replaceLoneSurrogates);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      Buffer.from(key).toString(),
      replaceLoneSurrogates(inner),
    ]),
  );
}

test('every JSON value is read as JSON.parse reads it', () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 6, stringUnit: 'grapheme' }), (text) => {
      acceptsAsJsonParse(text);
    }),
    { numRuns: 500 },
  );
});

test('text with a few bytes changed is accepted and refused as JSON.parse does', () => {
  const piece = fc.constantFrom(
    ...[
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"',
      '\\',
      '\\u',
      'd83d',
      '\\ude00',
      '0',
      '-',
      '1',
      '.',
      'e',
      '+',
    ],
    ...['true', 'nul', 'null', ' ', '\t', '\n', '\u0001', 'é', '😀', '"a"', '"\\n"', '\ufeff'],
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      acceptsAsJsonParse(pieces.join(''));
    }),
    { numRuns: 3000 },
  );
  fc.assert(
    fc.property(fc.json(), fc.nat(), piece, (text, at, put) => {
      const cut = at % (text.length + 1);
      acceptsAsJsonParse(text.slice(0, cut) + put + text.slice(cut + 1));
    }),
    { numRuns: 1000 },
  );
});

test('a number keeps every digit', () => {
  const tokens = open('[12345678901234567890123, -0.1e+3]');
  tokens.next();
  tokens.next();
  assert.equal(tokens.text(), '12345678901234567890123');
  tokens.next();
  assert.equal(tokens.text(), '-0.1e+3');
});

test('offsets are those of the bytes that were given, quotes included', () => {
  const bytes = Buffer.from('xx{"é": "b\\n" }yy');
  const tokens = createJsonTokenizer();
  tokens.reset(bytes, 2, bytes.length - 2);
  tokens.next();
  tokens.next();
  assert.deepEqual([tokens.start, tokens.end, tokens.escaped], [3, 7, false]);
  tokens.next();
  assert.equal(bytes.toString('utf8', tokens.start, tokens.end), '"b\\n"');
  assert.equal(tokens.escaped, true);
  assert.equal(tokens.string(), 'b\n');
  assert.equal(tokens.next(), 'end_object');
  assert.equal(tokens.next(), 'end');
  assert.equal(tokens.next(), 'end');
});

test('skip moves to the end of the value that begins', () => {
  const tokens = open('{"a":{"b":[1,{"c":2}]},"d":3}');
  tokens.next();
  tokens.next();
  tokens.next();
  tokens.skip();
  assert.equal(tokens.token, 'end_object');
  assert.equal(tokens.next(), 'key');
  assert.equal(tokens.string(), 'd');
});

test('nesting stops at the limit, which is 64 where none is given', () => {
  assert.equal(kinds('['.repeat(64) + ']'.repeat(64)).length, 129);
  assert.throws(() => kinds('['.repeat(65) + ']'.repeat(65)), /nested deeper than 64.*byte 64/);
  assert.throws(() => kinds('[[1]]', { maxDepth: 1 }), JsonSyntaxError);
});

test('text that is cut off is an error with its offset', () => {
  assert.throws(
    () => kinds('{"a": [1, 2'),
    (error) => error instanceof JsonSyntaxError && error.offset === 11,
  );
});

test('in tolerant mode text cut off anywhere gives its whole tokens and then cut_off', () => {
  const whole = '{"k\\u0041": ["a\\nb", -1.5e3, true, null, {}]}';
  const all = kinds(whole);
  for (let size = 0; size < whole.length; size++) {
    const seen = kinds(whole.slice(0, size), { tolerant: true });
    assert.equal(seen.pop(), 'cut_off', whole.slice(0, size));
    assert.deepEqual(seen, all.slice(0, seen.length));
  }
});

test('a string that is cut off gives the text before the cut', () => {
  const tokens = open('["abc\\ndef\\u00', { tolerant: true });
  tokens.next();
  assert.equal(tokens.next(), 'cut_off');
  assert.equal(tokens.cutInString, true);
  assert.equal(tokens.start, 1);
  assert.equal(tokens.string(), 'abc\ndef');
});

test('unescaping maps each byte to the escape that made it', () => {
  const text = Buffer.from('a\\n\\u00e9é\\ud83d\\ude00z');
  const target = Buffer.alloc(text.length);
  const offsets = new Uint32Array(text.length + 1);
  const size = unescapeJson(text, target, offsets);
  assert.equal(target.toString('utf8', 0, size), 'a\néé😀z');
  assert.deepEqual([...offsets.slice(0, size + 1)], [0, 1, 3, 3, 9, 10, 11, 11, 11, 11, 23, 24]);
});

test('a lone surrogate becomes the replacement character', () => {
  const tokens = open('"\\ud800x\\udc00\\ud800\\ud83d\\ude00"');
  tokens.next();
  assert.equal(tokens.string(), '\ufffdx\ufffd\ufffd😀');
});
