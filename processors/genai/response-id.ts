import type { Attribute } from '../../pipeline/batch/batch.ts';

const QUOTE = 0x22;
const DASH = 0x2d;
const BACKSLASH = 0x5c;
const UNDERSCORE = 0x5f;

/** Ids that providers give to answers, as an unescaped member of a JSON body: text inside a message is escaped there. */
const memberPattern =
  /"(?:id|response_id|responseId)"\s*:\s*"((?:chatcmpl|cmpl|resp|msg|gen)[-_][^"\\]{1,128})"/;

/** OpenAI's Responses API calls the messages in an answer `msg_…` as Anthropic calls answers, and the answer `resp_…`. */
const responsePattern = /"(?:id|response_id)"\s*:\s*"(resp_[^"\\]{1,128})"/;

/** Gemini's ids begin with nothing in particular, and stand near the end. */
const geminiPattern = /"response_?[iI]d"\s*:\s*"([^"\\]{8,128})"/;

const maxGeminiTail = 1024;

/** Members of Gemini's answers: a model that is asked for JSON may write a `responseId` of its own, over and over. */
const geminiMember = /"(?:candidates|model_?[vV]ersion|usage_?[mM]etadata)"\s*:/;

/** The provider's id of an answer in the answer's JSON text, for dialects that have no attribute for it. */
export function findResponseId(json: string): string | undefined {
  const id = memberPattern.exec(json)?.[1] ?? findGeminiId(json);
  return id?.startsWith('msg_') === true ? (responsePattern.exec(json)?.[1] ?? id) : id;
}

function findGeminiId(json: string): string | undefined {
  const id = geminiPattern.exec(json.slice(-maxGeminiTail))?.[1];
  return id !== undefined && geminiMember.test(json) ? id : undefined;
}

const openings = ['{"id":"', '{"id": "'].map(toBytes);
const makers = ['chatcmpl', 'cmpl', 'resp', 'gen'].map(toBytes);
const maxRest = 128;

/** Where the text is that `findLeading` found. */
const leading = { start: 0, end: 0 };

/**
 * As `findResponseId` for an attribute whose JSON begins with the id, as most answers do: nothing but the id is decoded.
 * Undefined where it does not, which says nothing of what follows.
 */
export function readLeadingId(attribute: Attribute): string | undefined {
  return attribute.test(findLeading) ? attribute.part(leading.start, leading.end) : undefined;
}

function findLeading(bytes: Uint8Array, start: number, end: number): boolean {
  const opening = openings.find((text) => isAt(bytes, start, end, text));
  if (opening === undefined) return false;
  leading.start = start + opening.length;
  const maker = makers.find((text) => isAt(bytes, leading.start, end, text));
  if (maker === undefined) return false;
  const dash = leading.start + maker.length;
  if (bytes[dash] !== DASH && bytes[dash] !== UNDERSCORE) return false;
  const limit = Math.min(end, dash + maxRest + 2);
  let at = dash + 1;
  while (at < limit && isPlain(bytes[at] ?? 0)) at++;
  leading.end = at;
  return at > dash + 1 && at < limit && bytes[at] === QUOTE;
}

function toBytes(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text));
}

function isAt(bytes: Uint8Array, at: number, end: number, text: Uint8Array): boolean {
  if (at + text.length > end) return false;
  for (let i = 0; i < text.length; i++) if (bytes[at + i] !== text[i]) return false;
  return true;
}

/** Whether a byte of a JSON string stands for itself, in ASCII. */
function isPlain(byte: number): boolean {
  return byte < 128 && byte !== QUOTE && byte !== BACKSLASH;
}

/** Counters of servers have no more digits. */
const maxCounted = 8;

/** Shorter ids are no random ones. */
const minLength = 8;

/**
 * Whether an id, in UTF-8, tells one answer from all others. Servers that count (`chatcmpl-123` of Ollama) repeat theirs,
 * and two calls that share one must both be billed.
 */
export function isUniqueResponseId(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start < minLength) return false;
  let at = end;
  while (at > start && isDigit(bytes[at - 1] ?? 0)) at--;
  const digits = end - at;
  return digits === 0 || digits > maxCounted || !isPrefix(bytes, start, at);
}

/** Whether a text is nothing, or letters and one dash. */
function isPrefix(bytes: Uint8Array, start: number, end: number): boolean {
  if (start === end) return true;
  const last = bytes[end - 1];
  if (end - start === 1 || (last !== DASH && last !== UNDERSCORE)) return false;
  for (let at = start; at < end - 1; at++) if (!isLetter(bytes[at] ?? 0)) return false;
  return true;
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

function isLetter(code: number): boolean {
  const lower = code | 0x20;
  return lower >= 0x61 && lower <= 0x7a;
}
