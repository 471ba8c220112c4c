import type { Finding } from './entity.ts';
import type { Hit } from './hits.ts';

/** Text is matched in windows of so many characters, which bounds what one call can take. */
const windowChars = 4096;
/** Windows overlap by so much; a longer match is found in part. */
const overlapChars = 512;
/** A text that keeps the patterns busy for longer is given up, and fails closed. */
const budgetMs = 250;

/** What the user's patterns match in `value`, as byte offsets from `start`; undefined where they took too long. */
export function findBlockedValues(
  patterns: readonly RegExp[],
  value: string,
  start: number,
): Hit<Finding>[] | undefined {
  const hits: Hit<Finding>[] = [];
  const deadline = performance.now() + budgetMs;
  for (let from = 0; from < value.length; from += windowChars - overlapChars) {
    const window = value.slice(from, from + windowChars);
    const byteFrom = start + Buffer.byteLength(value.slice(0, from));
    for (const pattern of patterns) {
      for (const [text, index] of matchesOf(pattern, window)) {
        const at = byteFrom + Buffer.byteLength(window.slice(0, index));
        hits.push({ entity: 'blocked_value', start: at, end: at + Buffer.byteLength(text) });
      }
      if (performance.now() > deadline) return undefined;
    }
    if (from + windowChars >= value.length) break;
  }
  return hits;
}

function matchesOf(pattern: RegExp, text: string): [string, number][] {
  return [...text.matchAll(pattern)].flatMap((match): [string, number][] =>
    match[0] === '' ? [] : [[match[0], match.index]],
  );
}
