/**
 * What the bridge must know of a statement to run it: whether it only reads, and for an INSERT with data where its text
 * ends. Everything else is the engine's to parse.
 */
export type Statement =
  | {
      readonly kind: 'read' | 'write';
      /** Of a FORMAT clause, undefined where there is none. */
      readonly format: string | undefined;
    }
  | {
      readonly kind: 'insert';
      /** `INSERT INTO table (columns)`. */
      readonly target: string;
      /** `SETTINGS a = 1`, '' where there is none. */
      readonly settings: string;
      readonly format: string;
      /** Where the rows start in the text; its length where they come apart. */
      readonly dataStart: number;
    };

/** Statements that change nothing, by their first word. */
const readers = new Set(['SELECT', 'WITH', 'SHOW', 'DESCRIBE', 'DESC', 'EXISTS', 'EXPLAIN']);

/** Parses the outline of one ClickHouse statement. Accepts any text: what is no SQL comes out as `write`, and fails in the engine. */
export function parseStatement(sql: string): Statement {
  const { first, words } = scan(sql);
  if (first === 'INSERT') return parseInsert(sql, words);
  return { kind: readers.has(first) ? 'read' : 'write', format: formatOf(words) };
}

interface Word {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

function parseInsert(sql: string, words: readonly Word[]): Statement {
  let settingsAt: number | undefined;
  // Words 0 and 1 are INSERT INTO, word 2 is the table or TABLE: a table may be named like a keyword.
  for (const [index, word] of words.entries()) {
    const keyword = index > 2 ? word.text.toUpperCase() : '';
    if (keyword === 'SELECT' || keyword === 'WITH' || keyword === 'FROM') break;
    if (keyword === 'SETTINGS') settingsAt ??= word.start;
    if (keyword !== 'FORMAT' && keyword !== 'VALUES') continue;
    const formatWord = keyword === 'VALUES' ? { text: 'Values', end: word.end } : words[index + 1];
    if (formatWord === undefined) break;
    return {
      kind: 'insert',
      target: sql.slice(0, settingsAt ?? word.start).trim(),
      settings: settingsAt === undefined ? '' : sql.slice(settingsAt, word.start).trim(),
      format: formatWord.text,
      dataStart: dataStart(sql, formatWord.end),
    };
  }
  return { kind: 'write', format: formatOf(words) };
}

/** Rows start after the spaces that follow the format's name and at most one line break, as in ClickHouse. */
function dataStart(sql: string, from: number): number {
  return from + (/^[ \t]*;?[ \t]*(\r?\n)?/.exec(sql.slice(from, from + 64))?.[0].length ?? 0);
}

function formatOf(words: readonly Word[]): string | undefined {
  const at = words.findLastIndex((word) => word.text.toUpperCase() === 'FORMAT');
  return at === -1 ? undefined : words[at + 1]?.text;
}

/** Quotes and comments that do not end run to the end of the text, so that scanning takes linear time whatever it holds. */
const token =
  /\s+|--[^\n]*|\/\*[^]*?(?:\*\/|$)|'(?:[^'\\]|\\[^]|'')*(?:'|$)|"(?:[^"\\]|\\[^])*(?:"|$)|`(?:[^`\\]|\\[^])*(?:`|$)|\w+|[^]/y;

/** Rows after an INSERT's FORMAT are not SQL, so words are looked for no further than this many bytes. */
const maxScannedLength = 256 * 1024;

interface Scan {
  /** The first word at any depth, in capitals. */
  readonly first: string;
  /** Bare words outside parentheses, quotes and comments, in order; a quoted table name counts as one word. */
  readonly words: readonly Word[];
}

function scan(sql: string): Scan {
  const words: Word[] = [];
  let first: string | undefined;
  let depth = 0;
  token.lastIndex = 0;
  const text = sql.slice(0, maxScannedLength);
  for (let match = token.exec(text); match !== null; match = token.exec(text)) {
    const [piece] = match;
    if (piece === '(') depth += 1;
    else if (piece === ')') depth -= 1;
    else if (/^[\w`"]/.test(piece)) {
      first ??= piece.toUpperCase();
      if (depth > 0) continue;
      words.push({ text: piece, start: match.index, end: match.index + piece.length });
    }
  }
  return { first: first ?? '', words };
}
