import type { Finding } from './entity.ts';
import type { Hit } from './hits.ts';
import type { OwnPattern } from './user-pattern.ts';

/** Text is matched in windows of so many characters, which bounds what one call can take. */
const windowChars = 4096;
/** Windows overlap by so much; a longer match is found in part. */
const overlapChars = 512;
/** A text that keeps the patterns busy for longer is given up, and fails closed. */
const budgetMs = 250;

/** What the user's patterns match in `value`, as byte offsets from `start`; undefined where they took too long. */
export function findOwnValues(
  patterns: readonly OwnPattern[],
  value: string,
  start: number,
): Hit<Finding>[] | undefined {
  const hits: Hit<Finding>[] = [];
  const tried = patternsFor(patterns, value);
  if (tried.length === 0) return hits;
  const deadline = performance.now() + budgetMs;
  let byteFrom = start;
  for (let from = 0; from < value.length; from += windowChars - overlapChars) {
    const window = value.slice(from, from + windowChars);
    for (const { pattern, finding } of tried) {
      for (const [text, index] of matchesOf(pattern, window)) {
        const at = byteFrom + Buffer.byteLength(window.slice(0, index));
        hits.push({ entity: finding, start: at, end: at + Buffer.byteLength(text) });
      }
      if (performance.now() > deadline) return undefined;
    }
    if (from + windowChars >= value.length) break;
    byteFrom += Buffer.byteLength(window.slice(0, windowChars - overlapChars));
  }
  return hits;
}

/** The patterns that have no keyword, or one of whose keywords the text holds. */
function patternsFor(patterns: readonly OwnPattern[], value: string): readonly OwnPattern[] {
  if (patterns.every(({ keywords }) => keywords.length === 0)) return patterns;
  const lower = value.toLowerCase();
  return patterns.filter(
    ({ keywords }) => keywords.length === 0 || keywords.some((keyword) => lower.includes(keyword)),
  );
}

function matchesOf(pattern: RegExp, text: string): [string, number][] {
  return [...text.matchAll(pattern)].flatMap((match): [string, number][] =>
    match[0] === '' ? [] : [[match[0], match.index]],
  );
}
