/**
 * Literals of a pattern in RE2's syntax of which every match holds at least one. They are the gate before the engine:
 * most texts hold none of them and never reach it. Undefined where the pattern promises none of a useful length.
 */
export interface RequiredLiterals {
  /** Bytes of UTF-8 as latin1, three or more; in lower case where the case does not matter. */
  readonly literals: readonly string[];
  /** True where the pattern folds case anywhere: letters of ASCII are then told without theirs. */
  readonly ignoreCase: boolean;
}

/** The scanner's gates know literals of three bytes or more. */
export const minLiteralBytes = 3;
/** More of them cost the scanner more than they save. */
const maxLiterals = 64;

interface Reader {
  readonly source: string;
  readonly ignoreCase: boolean;
  at: number;
}

/** One atom: a character, or something that may require literals of its own. */
interface Atom {
  readonly char?: string;
  readonly literals?: readonly string[] | undefined;
}

/** Reads the literals off a pattern that the engine takes. */
export function requiredLiterals(source: string): RequiredLiterals | undefined {
  // What stands between \Q and \E has a syntax of its own.
  if (source.includes('\\Q')) return undefined;
  const ignoreCase = /\(\?[a-zA-Z]*i/.test(source);
  const reader: Reader = { source, ignoreCase, at: 0 };
  const literals = alternation(reader);
  if (literals === undefined || reader.at < source.length) return undefined;
  return { literals, ignoreCase };
}

/** Any branch may be the one that matches, so each has to promise something. */
function alternation(reader: Reader): readonly string[] | undefined {
  const branches = [concatenation(reader)];
  while (reader.source[reader.at] === '|') {
    reader.at++;
    branches.push(concatenation(reader));
  }
  const literals = new Set<string>();
  for (const branch of branches) {
    if (branch === undefined) return undefined;
    for (const literal of branch) literals.add(literal);
  }
  return literals.size > maxLiterals ? undefined : [...literals];
}

/** All parts have to match, so the best of what they promise will do. */
function concatenation(reader: Reader): readonly string[] | undefined {
  const { source } = reader;
  const promised: (readonly string[])[] = [];
  let run = '';
  const endRun = (): void => {
    if (run !== '') promised.push([run]);
    run = '';
  };
  while (reader.at < source.length && !'|)'.includes(source.charAt(reader.at))) {
    const { char, literals } = atom(reader);
    const { isOptional, isRepeated } = repetition(reader);
    if (char !== undefined && !isOptional) run += char;
    if (char !== undefined && !isRepeated) continue;
    endRun();
    if (literals !== undefined && !isOptional) promised.push(literals);
  }
  endRun();
  return bestOf(promised);
}

function bestOf(promised: readonly (readonly string[])[]): readonly string[] | undefined {
  let best: readonly string[] | undefined;
  let longest = minLiteralBytes - 1;
  for (const literals of promised) {
    const shortest = Math.min(...literals.map(({ length }) => length));
    if (shortest <= longest) continue;
    longest = shortest;
    best = literals;
  }
  return best;
}

function atom(reader: Reader): Atom {
  const { source, at } = reader;
  const char = source.charAt(at);
  if (char === '(') return group(reader);
  if (char === '[') return skip(reader, classEnd(source, at));
  if (char === '\\') return escape(reader);
  if ('.^$'.includes(char)) return skip(reader, at + 1);
  return literal(reader, at);
}

function skip(reader: Reader, end: number): Atom {
  reader.at = end;
  return {};
}

/** Written with a backslash in JSON, where the scanner would not see the literal. */
const escapedInJson = /["\\/\p{Cc}]/u;

/** The code point at `at`, as bytes of UTF-8; beyond ASCII folding is not simple enough to promise anything. */
function literal(reader: Reader, at: number): Atom {
  const char = String.fromCodePoint(reader.source.codePointAt(at) ?? 0);
  reader.at = at + char.length;
  if (escapedInJson.test(char)) return {};
  const bytes = Buffer.from(char).toString('latin1');
  if (!reader.ignoreCase) return { char: bytes };
  return bytes.length === 1 ? { char: bytes.toLowerCase() } : {};
}

/** An escaped sign stands for itself; classes, anchors, control characters and numbers promise nothing. */
function escape(reader: Reader): Atom {
  const { source, at } = reader;
  const next = source.charAt(at + 1);
  if (!/[A-Za-z0-9]/.test(next)) return literal(reader, at + 1);
  const long = /^\\(?:[pP](?:\{[^}]*\}|.)|x(?:\{[^}]*\}|..)|[0-7]{1,3})/.exec(
    source.slice(at, at + 64),
  );
  return skip(reader, at + (long?.[0].length ?? 2));
}

function group(reader: Reader): Atom {
  const opening = /^\((?:\?(?:P?<\w+>|[a-zA-Z-]*[:)]))?/.exec(reader.source.slice(reader.at));
  reader.at += opening?.[0].length ?? 1;
  // `(?i)` only sets flags.
  if (opening?.[0].endsWith(')') === true) return {};
  const literals = alternation(reader);
  reader.at++;
  return { literals };
}

/** Behind the class at `at`: a `]` right at its start is one of its characters. */
function classEnd(source: string, at: number): number {
  const found = /^\[\^?\]?(?:\[:\^?\w+:\]|\\[\s\S]|[^\]\\])*\]/.exec(source.slice(at));
  return found === null ? source.length : at + found[0].length;
}

function repetition(reader: Reader): { isOptional: boolean; isRepeated: boolean } {
  const found = /^(?:[*+?]|\{(\d+)(?:,\d*)?\})\??/.exec(
    reader.source.slice(reader.at, reader.at + 16),
  );
  if (found === null) return { isOptional: false, isRepeated: false };
  reader.at += found[0].length;
  const isOptional = '*?'.includes(found[0].charAt(0)) || Number(found[1] ?? 1) === 0;
  return { isOptional, isRepeated: true };
}
