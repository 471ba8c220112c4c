import type { Detector, Subject } from './detector.ts';
import type { Finding } from './entity.ts';
import type { Hit } from './hits.ts';
import { uniteHits } from './hits.ts';
import type { TextBounds } from './json-pieces.ts';
import { cutAtJson } from './json-pieces.ts';
import type { TagFinder } from './tags.ts';
import { createTagFinder } from './tags.ts';
import { createUnfolded, unfold } from './unfold.ts';
import type { UserPattern } from './user-pattern.ts';

/** One of the patterns by which the user describes values. */
export interface OwnPattern {
  readonly finding: Finding;
  readonly pattern: UserPattern;
  /** Tried only in texts that hold one of these, whatever the case of ASCII letters; empty leaves it to the pattern's own literals. */
  readonly keywords: readonly string[];
}

/** The user's patterns behind their gates. */
export interface OwnPatterns {
  /** For the scanner, which brings them to texts that hold their literals. */
  readonly gates: readonly Detector[];
  /** True where a pattern without a gate looks into every text. */
  readonly asksEveryText: boolean;
  /** Starts on one batch. */
  search(): OwnSearch;
}

/** What the user's patterns find in one batch. */
export interface OwnSearch {
  /** Takes what a gate reported of text `index`; false where the hit is none of a gate's. */
  note(hit: Finding, index: number): boolean;
  /** The texts that gates have reported. */
  noted(): Iterable<number>;
  /** What the patterns without a gate, and those whose gate has reported text `index`, match in it; undefined where they took too long. */
  find(index: number, text: TextBounds): Hit[] | undefined;
}

/** A batch may keep the patterns busy for so long, which is far below what the pool takes for a hang. */
const batchBudgetMs = 4000;
/** One text may, plus a second for 100 KB: what many matches on a busy machine take. */
const textBudgetMs = 1000;
const bytesPerMs = 100;

/** Makes the user's patterns ready for one worker. */
export function createOwnPatterns(patterns: readonly OwnPattern[]): OwnPatterns {
  const tags = createTagFinder(patterns.map(({ finding }) => finding));
  const gates = patterns.map((own, index) => createGate(own, gateName(index)));
  const ungated = patterns.filter((_, index) => gates[index] === undefined);
  return {
    gates: gates.filter((gate) => gate !== undefined),
    asksEveryText: ungated.length > 0,
    search() {
      const byText = new Map<number, Set<OwnPattern>>();
      const batchDeadline = performance.now() + batchBudgetMs;
      return {
        noted: () => byText.keys(),
        note(hit, index) {
          const own = patterns[gateIndex(hit)];
          if (own === undefined) return false;
          byText.set(index, (byText.get(index) ?? new Set()).add(own));
          return true;
        },
        find(index, text) {
          const tried = [...ungated, ...(byText.get(index) ?? [])];
          const own = performance.now() + textBudgetMs + (text.end - text.start) / bytesPerMs;
          return tried.length === 0 ? [] : findIn(tried, text, Math.min(own, batchDeadline), tags);
        },
      };
    },
  };
}

/** Names of gates begin with a sign that no name of a finding has. */
const gateSign = '?';

function gateName(index: number): Finding {
  return `${gateSign}${index}`;
}

/** True for what a gate reports, which is no value yet. */
export function isGate(finding: Finding): boolean {
  return finding.startsWith(gateSign);
}

function gateIndex(hit: Finding): number {
  return isGate(hit) ? Number(hit.slice(gateSign.length)) : -1;
}

/** Reports the first of its literals in each text, as a hit that is not one yet. */
function createGate(own: OwnPattern, name: Finding): Detector | undefined {
  const required = gateOf(own);
  if (required === undefined) return undefined;
  // A text may hold its literals thousands of times.
  const done = new WeakMap<Subject, TextBounds>();
  return {
    gate: { kind: 'literal', ...required },
    find(subject, at, report) {
      const last = done.get(subject);
      if (last !== undefined && at >= last.start && at < last.end) return;
      const { bytes, size } = subject;
      const end = bytes.indexOf(0, at);
      const start = bytes.lastIndexOf(0, at) + 1;
      done.set(subject, { bytes, start, end: end < 0 ? size : end });
      report(name, at, at + 1);
    },
  };
}

/** The literals that bring the scanner to a pattern; undefined where it has to look into every text. */
export function gateOf({ pattern, keywords }: OwnPattern): UserPattern['required'] {
  if (keywords.length === 0) return pattern.required;
  const literals = keywords.map((keyword) => Buffer.from(keyword).toString('latin1'));
  return { literals, ignoreCase: true };
}

function findIn(
  patterns: readonly OwnPattern[],
  text: TextBounds,
  deadline: number,
  tags: TagFinder,
): Hit[] | undefined {
  const searched = [plainPart(text), ...unfoldedParts(text)];
  const hits: Hit[] = [];
  for (const { finding, pattern } of patterns) {
    const matches: Hit[] = [];
    for (const part of searched) {
      const isDone = pattern.findAll(part.bytes, deadline, (from, to) => {
        matches.push({ entity: finding, start: part.startOf(from), end: part.endOf(to) });
      });
      if (!isDone) return undefined;
    }
    if (matches.length === 0) continue;
    const fresh = tags.outside(text, uniteHits(matches));
    for (const match of cutAtJson(text, fresh)) hits.push({ entity: finding, ...match });
  }
  return hits;
}

/** A text or a part of it as it is searched, and the way back to the buffer it stands in. */
interface Part {
  readonly bytes: Uint8Array;
  startOf(at: number): number;
  endOf(at: number): number;
}

function plainPart({ bytes, start, end }: TextBounds): Part {
  return {
    bytes: bytes.subarray(start, end),
    startOf: (at) => start + at,
    endOf: (at) => start + at,
  };
}

/** Longer texts are unfolded part by part, which bounds the memory that it takes. */
const partBytes = 1 << 20;
const overlapBytes = 8192;

/** The text as it reads once its escapes are unfolded; none where it has none. */
function* unfoldedParts({ bytes, start, end }: TextBounds): Generator<Part> {
  for (let from = start; from < end; from += partBytes - overlapBytes) {
    const to = Math.min(from + partBytes, end);
    if (mayHide(bytes, from, to)) {
      const unfolded = createUnfolded(to - from);
      unfold(bytes, from, to, unfolded);
      const { starts, ends, size } = unfolded;
      // What unfolds becomes shorter.
      if (size < to - from) {
        yield {
          bytes: unfolded.bytes.subarray(0, size),
          startOf: (at) => starts[at] ?? from,
          endOf: (at) => ends[at - 1] ?? to,
        };
      }
    }
    if (to === end) return;
  }
}

/** A backslash, `%` and `&`, which escapes begin with, and lead bytes of characters beyond ASCII. */
function mayHide(bytes: Uint8Array, from: number, to: number): boolean {
  for (let at = from; at < to; at++) {
    const byte = bytes[at] ?? 0;
    if (byte === 0x5c || byte === 0x25 || byte === 0x26 || byte >= 0xc2) return true;
  }
  return false;
}
