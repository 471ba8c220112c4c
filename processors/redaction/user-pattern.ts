import type { Finding } from './entity.ts';

/**
 * Patterns of the configuration run on untrusted text in a worker, on an engine that backtracks. So what can take more
 * than bounded time is refused or bounded: no look-around, no back-references, no repetition of a repetition, at most two
 * open repetitions, each of which matches up to 128 characters.
 */

/** What `*`, `+` and `{n,}` repeat at most. */
const maxRepeat = 128;
const maxOpenRepeats = 2;
/** Repetitions above this count as open. */
const narrowRepeat = 16;
const maxSource = 1024;

/** A pattern of the configuration, ready to run. */
export interface OwnPattern {
  readonly finding: Finding;
  readonly pattern: RegExp;
  /** In lower case; the pattern is tried only where a text holds one of them, or there is none. */
  readonly keywords: readonly string[];
}

/** A pattern that is safe to run, or why it is not. */
export type CheckedPattern =
  | { readonly ok: true; readonly pattern: RegExp }
  | { readonly ok: false; readonly message: string };

interface Group {
  repeats: boolean;
}

interface Progress {
  readonly source: string;
  at: number;
  output: string;
  open: number;
  readonly groups: Group[];
  /** The group that was closed just before, while nothing has followed. */
  closed: Group | undefined;
}

class UnsafePatternError extends Error {}

/** Checks a pattern in RE2's or JavaScript's syntax and bounds its repetitions; the flags are `g` and, for `(?i)`, `i`. */
export function checkPattern(text: string): CheckedPattern {
  const isCaseless = text.startsWith('(?i)');
  const source = isCaseless ? text.slice(4) : text;
  try {
    if (source.length > maxSource) throw new UnsafePatternError('is longer than 1024 characters');
    const bounded = bound(source);
    return { ok: true, pattern: new RegExp(bounded, isCaseless ? 'gi' : 'g') };
  } catch (error) {
    if (error instanceof UnsafePatternError) return { ok: false, message: error.message };
    return {
      ok: false,
      message: `is no valid pattern: ${error instanceof Error ? error.message : ''}`,
    };
  }
}

function bound(source: string): string {
  const progress: Progress = {
    source,
    at: 0,
    output: '',
    open: 0,
    groups: [{ repeats: false }],
    closed: undefined,
  };
  while (progress.at < source.length) step(progress);
  return progress.output;
}

function step(progress: Progress): void {
  const { source, at } = progress;
  const repeat = /^(?:[*+?]|\{\d+(?:,\d*)?\})/.exec(source.slice(at));
  if (repeat !== null) {
    takeRepeat(progress, repeat[0]);
    return;
  }
  const char = source.charAt(at);
  progress.closed = undefined;
  if (char === '\\') takeEscape(progress);
  else if (char === '[') takeClass(progress);
  else if (char === '(') takeOpening(progress);
  else if (char === ')') takeClosing(progress);
  else take(progress, char);
}

function take(progress: Progress, text: string): void {
  progress.output += text;
  progress.at += text.length;
}

function takeRepeat(progress: Progress, repeat: string): void {
  const [min, max] = limitsOf(repeat);
  progress.at += repeat.length;
  const isVariable = min !== max;
  if (max > 1 && progress.closed?.repeats === true) {
    throw new UnsafePatternError(
      `repeats a repetition at position ${progress.at}; write it out or bound the inner one`,
    );
  }
  const last = progress.groups.at(-1);
  if (last !== undefined && isVariable && max > 1) last.repeats = true;
  if (max - min > narrowRepeat && ++progress.open > maxOpenRepeats) {
    throw new UnsafePatternError(`has more than ${maxOpenRepeats} open repetitions (*, +, {n,})`);
  }
  const lazy = progress.source.charAt(progress.at) === '?' ? '?' : '';
  progress.at += lazy.length;
  progress.output += repeat === '?' ? `?${lazy}` : `{${min},${max}}${lazy}`;
  progress.closed = undefined;
}

function limitsOf(repeat: string): [number, number] {
  if (repeat === '*') return [0, maxRepeat];
  if (repeat === '+') return [1, maxRepeat];
  if (repeat === '?') return [0, 1];
  const [, low = '0', comma, high = ''] = /^\{(\d+)(,?)(\d*)\}$/.exec(repeat) ?? [];
  const min = Number(low);
  const max = comma === '' ? min : high === '' ? min + maxRepeat : Number(high);
  if (max > 1024) throw new UnsafePatternError(`repeats more than 1024 times in ${repeat}`);
  return [min, max];
}

function takeEscape(progress: Progress): void {
  const escape = progress.source.slice(progress.at, progress.at + 2);
  if (/^\\[1-9k]/.test(escape)) throw new UnsafePatternError('has a back-reference');
  if (escape === '\\z' || escape === '\\A') {
    progress.at += 2;
    progress.output += escape === '\\z' ? '$' : '^';
    return;
  }
  take(progress, escape);
}

function takeClass(progress: Progress): void {
  const found = /^\[\^?\]?(?:\\[\s\S]|[^\]\\])*\]/.exec(progress.source.slice(progress.at));
  if (found === null) throw new UnsafePatternError('has a [ that is not closed');
  if (found[0].includes('[:')) {
    throw new UnsafePatternError(`has a POSIX class, which is not known here, in ${found[0]}`);
  }
  take(progress, found[0]);
}

function takeOpening(progress: Progress): void {
  const opening =
    /^\((?:\?(?:P?<\w+>|:|[^)]{1,3}))?/.exec(progress.source.slice(progress.at))?.[0] ?? '(';
  if (/^\((?:\?:|\?P?<\w+>)?$/.test(opening)) {
    progress.groups.push({ repeats: false });
    progress.at += opening.length;
    progress.output += opening === '(' ? '(' : '(?:';
    return;
  }
  throw new UnsafePatternError(`has ${opening}: look-around and flags inside are not known here`);
}

function takeClosing(progress: Progress): void {
  const group = progress.groups.pop();
  const outer = progress.groups.at(-1);
  if (group !== undefined && outer !== undefined && group.repeats) outer.repeats = true;
  take(progress, ')');
  progress.closed = group;
}
