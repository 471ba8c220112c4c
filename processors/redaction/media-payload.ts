import { isAlphanumeric } from './bytes.ts';
import type { Payload, PayloadBounds } from './payload.ts';

const marker = ';base64,';
/** Shorter payloads are scanned like any text. */
const minBytes = 64;
/** Behind a key, where only the length tells media from other base64. */
const minKeyedBytes = 256;

/** How base64 of files begins: PNG, JPEG, GIF, RIFF (WebP, WAV), MP3, Ogg, FLAC, MP4, Matroska, PDF, ZIP. */
const fileStarts = [
  'iVBORw0KGgo',
  '/9j/4',
  '\\/9j\\/4',
  'R0lGODlh',
  'R0lGODdh',
  'UklGR',
  'SUQzA',
  'SUQzB',
  '//uQ',
  '//vQ',
  'T2dnUw',
  'ZkxhQw',
  'AAAAGGZ0eX',
  'AAAAHGZ0eX',
  'AAAAIGZ0eX',
  'GkXfo',
  'JVBERi0',
  'UEsDB',
];

/** Keys beside which the parts of messages hold media as base64: of OpenAI, Anthropic, Gemini, and semconv's blobs. */
const keys = [
  'input_audio',
  'b64_json',
  'inline_data',
  'inlineData',
  'media_type',
  'mime_type',
  'mimeType',
];
/** Other keys may stand between such a key and the payload. */
const maxAside = 160;

/** Images, audio and documents as base64, which holds no text that a detector could read and looks like keys by chance. */
export const mediaPayload: Payload = {
  kind: 'media',
  literals: [marker, ...fileStarts, ...keys],
  find(bytes, at) {
    if (bytes[at] === semicolon) return longFrom(bytes, at + marker.length, minBytes);
    if (keyed.has((bytes[at] ?? 0) * 256 + (bytes[at + 1] ?? 0))) return besideKey(bytes, at);
    return opens.has(bytes[at - 1] ?? 0) ? longFrom(bytes, at, minBytes) : undefined;
  },
};

/** What a file stands behind: a URL can hold the first letters of one. */
const opens: ReadonlySet<number> = new Set(Buffer.from('\0"\', \n\t'));

const semicolon = 0x3b;
const quote = 0x22;
const backslash = 0x5c;
const slash = 0x2f;

/** The first two bytes of each key, which no file starts with. */
const keyed: ReadonlySet<number> = new Set(
  keys.map((key) => key.charCodeAt(0) * 256 + key.charCodeAt(1)),
);

/** The payload that a quote opens near the key at `at`. */
function besideKey(bytes: Uint8Array, at: number): PayloadBounds | undefined {
  for (let index = at; index < at + maxAside && bytes[index] !== 0; index++) {
    if (bytes[index] !== quote) continue;
    const found = longFrom(bytes, index + 1, minKeyedBytes);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The base64 from `start` on, undefined where it is shorter than `least`, or a secret, which is a detector's. */
function longFrom(bytes: Uint8Array, start: number, least: number): PayloadBounds | undefined {
  let end = start;
  // JSON may write a slash as `\/`.
  while (isBase64(bytes[end]) || (bytes[end] === backslash && bytes[end + 1] === slash)) end++;
  return end - start < least || isSecret(bytes, start) ? undefined : { start, end };
}

/** How secrets begin in base64: `-----` of keys, `{"` of JSON web tokens. */
const secretStarts = ['LS0tLS', 'eyJ'].map((text) => Buffer.from(text));

function isSecret(bytes: Uint8Array, start: number): boolean {
  return secretStarts.some((secret) =>
    secret.every((byte, index) => bytes[start + index] === byte),
  );
}

/** Also of the alphabet for URLs. */
function isBase64(byte = 0): boolean {
  return (
    isAlphanumeric(byte) ||
    byte === 0x2b ||
    byte === slash ||
    byte === 0x3d ||
    byte === 0x2d ||
    byte === 0x5f
  );
}
