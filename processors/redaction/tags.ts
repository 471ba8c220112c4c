import { blockedText, failedText } from './actions.ts';
import type { Finding } from './entity.ts';
import { entities, userFindings } from './entity.ts';
import type { Match, TextBounds } from './json-pieces.ts';

/** Knows what this processor writes in place of values. */
export interface TagFinder {
  /** The parts of matches (ascending, apart) outside of replacements: replacing those again would never end. */
  outside(text: TextBounds, matches: readonly Match[]): readonly Match[];
}

/** What stands in brackets: a name in capitals, and a token behind it or none. */
const bracketed = /\[([A-Z][A-Z0-9_]{0,63}?)(?:[#~][A-Za-z0-9]{0,7}:[a-p]+|_[a-p]{20})?\]/g;

/** @param own names that the user gave his patterns. */
export function createTagFinder(own: readonly Finding[]): TagFinder {
  const names = new Set([...entities, ...userFindings, ...own].map((name) => name.toUpperCase()));
  const isTag = ([tag, name = '']: RegExpExecArray): boolean =>
    names.has(name) || tag === failedText;
  return {
    outside({ bytes, start, end }, matches) {
      const text = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString(
        'latin1',
      );
      const tags = [...text.matchAll(bracketed)].filter(isTag).map((tag) => ({
        start: start + tag.index,
        end: start + tag.index + tag[0].length,
      }));
      const isStars = (match: Match): boolean =>
        text.slice(match.start - start, match.end - start) === blockedText;
      return subtract(matches, tags).filter((match) => !isStars(match));
    },
  };
}

function subtract(matches: readonly Match[], tags: readonly Match[]): Match[] {
  const left: Match[] = [];
  let next = 0;
  for (const match of matches) {
    let from = match.start;
    while ((tags[next]?.end ?? Infinity) <= from) next++;
    for (let at = next; at < tags.length; at++) {
      const tag = tags[at];
      if (tag === undefined || tag.start >= match.end) break;
      if (tag.start > from) left.push({ start: from, end: tag.start });
      from = tag.end;
    }
    if (from < match.end) left.push({ start: from, end: match.end });
  }
  return left;
}
