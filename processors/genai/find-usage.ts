const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const BRACKET_OPEN = 0x5b;
const BRACKET_CLOSE = 0x5d;
const BRACE_OPEN = 0x7b;
const BRACE_CLOSE = 0x7d;

/** Quotes in a text are escaped, so that this is never part of one. */
const usageMember = /"usage(?:Metadata|_metadata)?"\s*:\s*(?=\{)/g;

/** Hostile answers hold it often, each time in something else. */
const maxTries = 8;

/**
 * The JSON of the usage that a provider's answer has as a member of its own, from the answer's JSON text: behind it nothing
 * closes but the answer. It stands near the end, and of all that a model said before it nothing is parsed.
 */
export function findUsage(answer: string): string | undefined {
  usageMember.lastIndex = 0;
  for (let tries = 0; tries < maxTries && usageMember.test(answer); tries++) {
    const start = usageMember.lastIndex;
    const end = pastClosing(answer, start, 0);
    if (end < 0) return undefined;
    const rest = pastClosing(answer, end, 1);
    if (rest >= 0 && /^\s*$/.test(answer.slice(rest))) return answer.slice(start, end);
    usageMember.lastIndex = end;
  }
  return undefined;
}

/** Past the bracket that closes what is `open` brackets deep at `start`; -1 where none does. */
function pastClosing(json: string, start: number, open: number): number {
  let depth = open;
  for (let at = start; at < json.length; at++) {
    const code = json.charCodeAt(at);
    if (code === QUOTE) at = pastString(json, at) - 1;
    else if (code === BRACE_OPEN || code === BRACKET_OPEN) depth++;
    else if (code === BRACE_CLOSE || code === BRACKET_CLOSE) depth--;
    if (depth === 0) return at + 1;
  }
  return -1;
}

/** Past the string whose quote is at `start`. */
function pastString(json: string, start: number): number {
  for (let at = start + 1; at < json.length; at++) {
    const code = json.charCodeAt(at);
    if (code === QUOTE) return at + 1;
    if (code === BACKSLASH) at++;
  }
  return json.length;
}
