import { blockedText } from './actions.ts';
import type { Finding } from './entity.ts';
import type { Match, TextBounds } from './json-pieces.ts';
import { subtract, tagNames, tagsIn } from './tag-places.ts';

/** Knows what this processor writes in place of values. */
export interface TagFinder {
  /** The parts of matches (ascending, apart) outside of replacements: replacing those again would never end. */
  outside(text: TextBounds, matches: readonly Match[]): readonly Match[];
}

/** @param own names that the user gave his patterns. */
export function createTagFinder(own: readonly Finding[]): TagFinder {
  const names = new Set([...tagNames, ...own.map((name) => name.toUpperCase())]);
  return {
    outside({ bytes, start, end }, matches) {
      const text = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString(
        'latin1',
      );
      const tags = tagsIn(text, names).map((tag) => ({
        start: start + tag.start,
        end: start + tag.end,
      }));
      const isStars = (match: Match): boolean =>
        text.slice(match.start - start, match.end - start) === blockedText;
      return subtract(matches, tags).filter((match) => !isStars(match));
    },
  };
}
