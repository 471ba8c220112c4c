/**
 * Tests of JSON text by its bytes, as `Attributes.test` takes them: a prompt need not be decoded only to learn that it is
 * written as semconv has it.
 */

const SPACE = 0x20;
const QUOTE = 0x22;
const BRACKET_OPEN = 0x5b;
const BRACKET_CLOSE = 0x5d;
const BRACE_OPEN = 0x7b;

const parts = toBytes('"parts":');
const type = toBytes('"type"');
const content = toBytes('"content"');

/** Whether text holds messages in semconv's own shape; a cheap test, so that they need no rewriting. */
export function isSemconvMessages(bytes: Uint8Array, start: number, end: number): boolean {
  return isListOfObjects(bytes, start, end) && contains(bytes, start, end, parts);
}

/** Whether text holds messages in semconv's own shape that say something: LiteLLM leaves parts out where a tool was called. */
export function areCompleteMessages(bytes: Uint8Array, start: number, end: number): boolean {
  return isSemconvMessages(bytes, start, end) && contains(bytes, start, end, type);
}

/** Whether text holds a list of message parts, as system instructions are. */
export function isPartList(bytes: Uint8Array, start: number, end: number): boolean {
  if (!isListOfObjects(bytes, start, end)) return false;
  const list = pastBlanks(bytes, start, end);
  const name = pastBlanks(bytes, pastBlanks(bytes, list + 1, end) + 1, end);
  return isAt(bytes, name, end, type) || isAt(bytes, name, end, content);
}

/** Whether text begins and ends as a JSON list of objects does, so that it was not cut off. */
function isListOfObjects(bytes: Uint8Array, start: number, end: number): boolean {
  const list = pastBlanks(bytes, start, end);
  if (list === end || bytes[list] !== BRACKET_OPEN) return false;
  const first = pastBlanks(bytes, list + 1, end);
  if (first === end || bytes[first] !== BRACE_OPEN) return false;
  let last = end - 1;
  while ((bytes[last] ?? 0) <= SPACE) last--;
  return bytes[last] === BRACKET_CLOSE;
}

function pastBlanks(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && (bytes[at] ?? 0) <= SPACE) at++;
  return at;
}

/** Whether one of these quoted words stands in the text, which for most is soon. */
function contains(bytes: Uint8Array, start: number, end: number, word: Uint8Array): boolean {
  for (let at = start; at < end; at++) {
    if (bytes[at] === QUOTE && isAt(bytes, at, end, word)) return true;
  }
  return false;
}

function isAt(bytes: Uint8Array, at: number, end: number, word: Uint8Array): boolean {
  if (at + word.length > end) return false;
  for (let i = 0; i < word.length; i++) if (bytes[at + i] !== word[i]) return false;
  return true;
}

function toBytes(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text));
}
