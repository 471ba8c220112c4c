import { createRequire } from 'node:module';
import type * as Re2 from 're2js';
import { requiredLiterals } from './required-literals.ts';
import type { RequiredLiterals } from './required-literals.ts';

/**
 * Patterns of the configuration run on untrusted text, so they run on RE2's automata, in time linear in the text: V8's
 * engine backtracks, and one text could keep a worker busy for years. What such automata cannot do is refused here.
 */

const maxSource = 4096;
/** Instructions of the compiled pattern; each may cost 20 ns a byte, once the fast automaton is given up. */
const maxInstructions = 1000;
/** Instructions times bytes of one search: half a second at the worst. Longer texts are searched window by window. */
const maxSteps = 30_000_000;
/** Windows overlap by so much: shorter matches are found whole wherever they stand. */
const overlapBytes = 8192;
/** Of the character before a window, so that `^` and `\b` see what stands there. */
const contextBytes = 4;

/** A pattern of the configuration, ready to run. */
export interface UserPattern {
  /** The gate before it; undefined where no literal stands in all matches. */
  readonly required: RequiredLiterals | undefined;
  /** Whether it matches anywhere. */
  test(value: string): boolean;
  /** Whether it matches all of the value. */
  covers(value: string): boolean;
  /**
   * Calls `found` with each match in the bytes of UTF-8 that is not empty, ascending and apart, leftmost first.
   * @param deadline as `performance.now()` tells it: many matches can take longer than one search.
   * @returns false where it was given up.
   */
  findAll(
    bytes: Uint8Array,
    deadline: number,
    found: (start: number, end: number) => void,
  ): boolean;
}

/** A pattern that runs, or why it does not. */
export type CheckedPattern =
  | { readonly ok: true; readonly pattern: UserPattern }
  | { readonly ok: false; readonly message: string };

/** Compiles a pattern in RE2's syntax, which is the Collector's: https://github.com/google/re2/wiki/Syntax. */
export function checkPattern(source: string): CheckedPattern {
  if (source.length > maxSource) {
    return { ok: false, message: `is longer than ${maxSource} characters` };
  }
  try {
    const engine = loadRe2().RE2JS.compile(source);
    if (engine.programSize() <= maxInstructions) {
      return { ok: true, pattern: createUserPattern(engine, source) };
    }
    const message = `is too large: ${engine.programSize()} instructions of at most ${maxInstructions}; bound its repetitions`;
    return { ok: false, message };
  } catch (error) {
    return { ok: false, message: explain(error, source) };
  }
}

let loaded: typeof Re2 | undefined;

/** Most configurations have no patterns, and need not hold the engine in every thread. */
function loadRe2(): typeof Re2 {
  // Sound: the package declares these very types.
  loaded ??= createRequire(import.meta.url)('re2js') as typeof Re2;
  return loaded;
}

function createUserPattern(engine: Re2.RE2JS, source: string): UserPattern {
  const windowBytes = Math.max(
    Math.floor(maxSteps / engine.programSize()),
    overlapBytes + contextBytes + 1,
  );
  return {
    required: requiredLiterals(source),
    test: (value) => engine.test(value),
    covers: (value) => engine.testExact(value),
    findAll(bytes, deadline, found) {
      for (let from = 0; from < bytes.length;) {
        const end = Math.min(from + windowBytes, bytes.length);
        const next = findInWindow(engine, { bytes, from, end, deadline }, found);
        if (next === undefined) return false;
        from = next;
      }
      return true;
    },
  };
}

interface Window {
  readonly bytes: Uint8Array;
  readonly from: number;
  readonly end: number;
  readonly deadline: number;
}

/** Returns where to go on, undefined where the time is up. */
function findInWindow(
  engine: Re2.RE2JS,
  { bytes, from, end, deadline }: Window,
  found: (start: number, end: number) => void,
): number | undefined {
  const next = end === bytes.length ? end : end - overlapBytes;
  if (performance.now() > deadline) return undefined;
  // Telling whether there is a match takes a tenth of the time that telling where takes.
  if (!engine.test(bytes.subarray(Math.max(0, from - contextBytes), end))) return next;
  const matcher = engine.matcher(bytes.subarray(0, end));
  let last = from;
  for (let isFound = matcher.find(from); isFound; isFound = matcher.find()) {
    // What touches the end of the window may go on, or not match at all; the next one sees more of it.
    if (end < bytes.length && matcher.end() === end && matcher.start() >= next) break;
    last = matcher.end();
    if (last > matcher.start()) found(matcher.start(), last);
    if (performance.now() > deadline) return undefined;
  }
  return Math.max(next, last);
}

/** The engine's words for what people try that no automaton can do. */
function explain(error: unknown, source: string): string {
  if (!(error instanceof loadRe2().RE2JSSyntaxException)) {
    return `cannot be compiled: ${error instanceof Error ? error.message : 'for reasons unknown'}`;
  }
  const what = error.getPattern() ?? '';
  const named = what === '(?P' ? /\(\?P=\w*\)?/.exec(source)?.[0] : undefined;
  if (/^\\[1-9k]/.test(what) || named !== undefined) {
    return `has the back-reference ${named ?? what}${unable}`;
  }
  if (/^\(\?<?[=!]/.test(what)) {
    return `has the look-around ${/^\(\?<?[=!]/.exec(what)?.[0] ?? ''}…)${unable}`;
  }
  return `is not in RE2's syntax: ${error.getDescription()}${what === '' ? '' : ` in ${what}`}`;
}

const unable = ', which cannot be matched in linear time';
