import type { Finding } from './entity.ts';
import type { NumberRun } from './number-run.ts';
import { blankTags } from './tag-places.ts';

/**
 * What is scanned, a new object for each scan: all texts of a batch gathered with a NUL between neighbours, or one unfolded
 * window of them. Offsets are bytes. NUL ends every token, so that no hit spans two texts.
 */
export interface Subject {
  readonly bytes: Uint8Array;
  /** The same bytes as latin1, for patterns: its indices are byte offsets. */
  readonly text: string;
  readonly size: number;
  /** Digit groups around the place a `number` gate has found. */
  readonly run: NumberRun;
  /** Key of the attribute that holds the offset, '' where in none: context for weak shapes. */
  keyAt(offset: number): string;
}

/** Takes one confirmed hit, `start` to `end` (exclusive): of an entity, or of a gate of the user's patterns. */
export type Report = (entity: Finding, start: number, end: number) => void;

/**
 * What brings the scanner to a place that is worth a look (`gate-place.ts` defines them). `literal` gives the offset where
 * one of the literals starts (three bytes or longer, as latin1); `byte` that of the byte; `number` the index of a digit group
 * in `subject.run`, `id` the same also where one of its forms fits a word with few digits; `colon` the first colon of what
 * may be an IPv6 or MAC address; `hex_groups` the first separator of hex pairs with hyphens or hex quads with full stops;
 * `country` a word's two letters and two digits; `base58` a word of 26 characters or more that starts with 1 or 3.
 */
export type Gate =
  | {
      readonly kind: 'literal';
      readonly literals: readonly string[];
      readonly ignoreCase?: boolean;
    }
  | { readonly kind: 'byte'; readonly byte: string }
  /**
   * `lengths` are those of the groups that it wants; all where there is none. With `leads`, only groups that start a run, or
   * that more than one separator parts from the group before.
   */
  | { readonly kind: 'number'; readonly lengths?: readonly number[]; readonly leads?: true }
  /** Forms as in `IdRule`; the group stands in the first word of the form that has a digit. */
  | { readonly kind: 'id'; readonly forms: readonly string[] }
  | { readonly kind: 'colon' }
  | { readonly kind: 'hex_groups' }
  | { readonly kind: 'country' }
  | { readonly kind: 'base58' };

/** One rule: confirms what stands at a place that its gate found. Bounded work per call, so that a scan is linear. */
export interface Detector {
  readonly gate: Gate;
  find(subject: Subject, at: number, report: Report): void;
}

/** Where `pattern` (sticky) ends when it starts at `at`, -1 where it does not match. */
export function matchEnd(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : -1;
}

/** Up to `length` bytes before `at`, not reaching into the text before, with spaces for what was replaced. */
export function textBefore(subject: Subject, at: number, length: number): string {
  const before = subject.text.slice(Math.max(0, at - length), at);
  return blankTags(before.slice(before.lastIndexOf('\0') + 1));
}

/** Up to `length` bytes from `at` on, not reaching into the text behind, with spaces for what was replaced. */
export function textAfter(subject: Subject, at: number, length: number): string {
  const after = subject.text.slice(at, at + length);
  const end = after.indexOf('\0');
  return blankTags(end < 0 ? after : after.slice(0, end));
}
