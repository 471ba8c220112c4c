import type { Attribute } from '../../pipeline/batch/batch.ts';

const name = '"service_tier"';
const needle = new Uint8Array(Buffer.from(name));
const member = /^"service_tier"\s*:\s*"([a-z_]{1,32})"/;

/** Longer than what the pattern takes. */
const maxMember = 64;

/** Providers tell the tier behind the answer itself, in the usage or just before it; what is further from the end is not searched. */
const maxTail = 1024;

const QUOTE = 0x22;
const COLON = 0x3a;
const SPACE = 0x20;

/**
 * The tier that served a call, from the end of the answer's JSON text: what was asked for may not be what was given, and a
 * project's own default is asked for nowhere. Nothing but the tier is decoded; undefined where the answer does not tell.
 */
export function readServiceTier(attribute: Attribute): string | undefined {
  return attribute.test(findTier) ? attribute.part(tier.start, tier.end) : undefined;
}

/** As `readServiceTier`, from text that is decoded anyway, for emitters that tell no tier themselves: none for the usual one. */
export function findServiceTier(json: string): string | undefined {
  const at = json.lastIndexOf(name);
  const found = at < 0 ? undefined : member.exec(json.slice(at, at + maxMember))?.[1];
  return found === undefined || isUsualTier(found) ? undefined : found;
}

/** Whether a tier is what is served where nothing is asked for, which need not be said. */
export function isUsualTier(name: string): boolean {
  return name === 'default' || name === 'standard';
}

/** Where the text is that `findTier` found. */
const tier = { start: 0, end: 0 };

function findTier(bytes: Uint8Array, start: number, end: number): boolean {
  const found = findLastName(bytes, Math.max(start, end - maxTail), end);
  if (found < 0) return false;
  const limit = Math.min(end, found + maxMember);
  let at = found + needle.length;
  while (at < limit && (bytes[at] === COLON || bytes[at] === SPACE)) at++;
  if (bytes[at] !== QUOTE) return false;
  tier.start = ++at;
  while (at < limit && isWord(bytes[at] ?? 0)) at++;
  tier.end = at;
  return at > tier.start && bytes[at] === QUOTE;
}

/** By how much a search backwards may move where it meets a byte: to the next place of that byte in the name. */
const steps = new Uint8Array(256).fill(needle.length);
for (let i = needle.length - 1; i > 0; i--) steps[needle[i] ?? 0] = i;

/** Where the name stands last, -1 where it does not. Horspool's search, from the end: it looks at a byte in several only. */
function findLastName(bytes: Uint8Array, start: number, end: number): number {
  for (let at = end - needle.length; at >= start; at -= steps[bytes[at] ?? 0] ?? 1) {
    if (bytes[at] === QUOTE && isName(bytes, at)) return at;
  }
  return -1;
}

function isName(bytes: Uint8Array, at: number): boolean {
  for (let i = 1; i < needle.length; i++) if (bytes[at + i] !== needle[i]) return false;
  return true;
}

function isWord(code: number): boolean {
  return (code >= 0x61 && code <= 0x7a) || code === 0x5f;
}
