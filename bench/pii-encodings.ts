import type { Sample } from './pii-samples.ts';

/** Writes a text as one encoding has it, piece by piece, so that the place of a value in it is known. */
interface Encoding {
  readonly head: string;
  readonly tail: string;
  readonly encode: (piece: string) => string;
  /** What only the value is written with. */
  readonly encodeValue?: (value: string) => string;
}

const inJson = (text: string): string => JSON.stringify(text).slice(1, -1);
const inJsonTimes = (text: string, times: number): string =>
  times === 0 ? text : inJson(inJsonTimes(text, times - 1));
const escaped = (text: string): string =>
  text.replace(
    /[^A-Za-z0-9 ]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
const asEntities = (text: string): string =>
  text.replace(/[^A-Za-z0-9 ]/gu, (char) => `&#${char.codePointAt(0)};`);
const wide = (text: string): string =>
  text.replace(/\d/g, (digit) => String.fromCharCode(digit.charCodeAt(0) + 0xfee0));
const parted = (text: string): string => {
  const middle = Math.floor(text.length / 2);
  return `${text.slice(0, middle)}\u200b${text.slice(middle)}`;
};
const plain = (text: string): string => text;

/** Encodings that text in telemetry comes in, by name; `plain` is what the others are measured against. */
export const encodings: Readonly<Record<string, Encoding>> = {
  plain: { head: '', tail: '', encode: plain },
  'json string': {
    head: '[{"role":"user","content":"Hi,\\n',
    tail: '\\nbye"}]',
    encode: inJson,
  },
  'json in json': {
    head: '{"arguments":"{\\"note\\":\\"',
    tail: '\\"}"}',
    encode: (text) => inJsonTimes(text, 2),
  },
  'json in json in json': {
    head: '{"a":"{\\"b\\":\\"{\\\\\\"c\\\\\\":\\\\\\"',
    tail: '\\\\\\"}\\"}"}',
    encode: (text) => inJsonTimes(text, 3),
  },
  'cut-off json': { head: '[{"role":"user","content":"Hi,\\n', tail: '', encode: inJson },
  'json \\u escapes': { head: '{"content":"', tail: '"}', encode: escaped },
  'percent-encoded': { head: 'GET /u?q=', tail: '&x=1', encode: encodeURIComponent },
  'html entities': { head: '<p>', tail: '</p>', encode: asEntities },
  'fullwidth digits': { head: '', tail: '', encode: plain, encodeValue: wide },
  'zero-width space': { head: '', tail: '', encode: plain, encodeValue: parted },
  'sse data lines': {
    head: 'data: {"choices":[{"delta":{"content":"',
    tail: '"}}]}\n\ndata: [DONE]\n\n',
    encode: inJson,
  },
};

/** A sample with one value in an encoding; its offsets are those of the encoded text. */
export function encodeSample(sample: Sample, encoding: Encoding): Sample {
  const [label] = sample.entities;
  if (label === undefined) return sample;
  const { head, tail, encode, encodeValue = encode } = encoding;
  const before = head + encode(sample.text.slice(0, label.start16));
  const value = encodeValue(sample.text.slice(label.start16, label.end16));
  const text = before + value + encode(sample.text.slice(label.end16)) + tail;
  const moved = { ...label, start16: before.length, end16: before.length + value.length };
  return { ...sample, text, entities: [moved] };
}
