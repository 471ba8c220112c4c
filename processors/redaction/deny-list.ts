import { isAlphanumeric, startsWord } from './bytes.ts';
import type { Detector } from './detector.ts';
import { toAsciiLowerCase } from './literal-table.ts';

/** The scanner's gates know literals of three bytes or more. */
const minBytes = 3;

/** Reads a list of terms, one a line; empty lines and lines that begin with `#` are passed over. */
export function parseTerms(text: string): string[] {
  return text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
}

/**
 * Finds the user's own terms: names of employees and customers, project names, as they are written, in capitals, in small
 * letters, and with a capital for each word; of ASCII letters the case does not matter. Between words any white space may
 * stand, and an accent may be part of its letter or follow it. A term never starts or ends inside a word.
 * @throws Error that names the line of a term of less than three bytes, without the term.
 */
export function createDenyList(terms: readonly string[]): Detector {
  const byPrefix = new Map<string, string[]>();
  for (const [index, term] of terms.entries()) {
    if (Buffer.byteLength(term) < minBytes) {
      throw new Error(`term ${index + 1} of the deny list is shorter than ${minBytes} bytes`);
    }
    for (const written of waysToWrite(term)) {
      const prefix = written.slice(0, minBytes);
      byPrefix.set(prefix, [...(byPrefix.get(prefix) ?? []), written]);
    }
  }
  // The longest first, so that `Anna Smith` is not cut to `Anna`.
  for (const list of byPrefix.values()) list.sort((a, b) => b.length - a.length);
  const literals = [...byPrefix.keys()].flatMap(withAnySpace);
  return {
    gate: { kind: 'literal', literals, ignoreCase: true },
    find({ bytes, text }, at, report) {
      if (!startsWord(bytes, at)) return;
      const prefix = toAsciiLowerCase(text.slice(at, at + minBytes)).replace(/[\s\\]/g, ' ');
      for (const term of byPrefix.get(prefix) ?? []) {
        const end = endOf(term, text, at);
        if (end < 0 || (isAlphanumeric(bytes[end]) && isAlphanumeric(bytes[end - 1]))) continue;
        report('deny_list', at, end);
        return;
      }
    },
  };
}

/** White space that ends a line or sets it in, as texts are wrapped. */
const spaces = [' ', '\n', '\r', '\t'];
/** How JSON writes it, in strings of JSON with more than one backslash. */
const space = /[ \n\r\t]|\\{1,7}[nrt]/y;
const backslash = '\\';

/** The literals with what each kind of white space begins with in place of a blank. */
function withAnySpace(literal: string): string[] {
  if (!literal.includes(' ')) return [literal];
  return [...spaces, backslash].map((start) => literal.replaceAll(' ', start));
}

/** Between two words of one term hardly more stands. */
const maxSpaces = 64;

/** Where the term ends that stands at `at`, -1 where it does not. */
function endOf(term: string, text: string, at: number): number {
  let end = at;
  for (const [index, word] of term.split(' ').entries()) {
    const start = end;
    if (index > 0) end = spaceEnd(text, start);
    if (index > 0 && end === start) return -1;
    if (toAsciiLowerCase(text.slice(end, end + word.length)) !== word) return -1;
    end += word.length;
  }
  return end;
}

function spaceEnd(text: string, start: number): number {
  let end = start;
  for (let count = 0; count < maxSpaces; count++) {
    space.lastIndex = end;
    if (!space.test(text)) break;
    end = space.lastIndex;
  }
  return end;
}

/** The cases in which a term is looked for, as bytes with small ASCII letters: the scanner folds no others. */
function waysToWrite(term: string): ReadonlySet<string> {
  const small = term.toLowerCase();
  const capitalised = small.replace(/(?<!\p{L})\p{L}/gu, (letter) => letter.toUpperCase());
  const all = [term, small, term.toUpperCase(), capitalised]
    .flatMap((written) => [written, written.normalize('NFC'), written.normalize('NFD')])
    .map((written) =>
      toAsciiLowerCase(Buffer.from(written.replace(/[ \t]+/g, ' ')).toString('latin1')),
    );
  return new Set(all.filter((written) => written.length >= minBytes));
}
