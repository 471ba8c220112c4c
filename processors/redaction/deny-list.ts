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
 * letters, and with a capital for each word; of ASCII letters the case does not matter. A term never starts or ends inside
 * a word.
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
  return {
    gate: { kind: 'literal', literals: [...byPrefix.keys()], ignoreCase: true },
    find({ bytes, text }, at, report) {
      if (!startsWord(bytes, at)) return;
      const tried = byPrefix.get(toAsciiLowerCase(text.slice(at, at + minBytes))) ?? [];
      for (const term of tried) {
        const end = at + term.length;
        if (isAlphanumeric(bytes[end]) && isAlphanumeric(bytes[end - 1])) continue;
        if (toAsciiLowerCase(text.slice(at, end)) !== term) continue;
        report('deny_list', at, end);
        return;
      }
    },
  };
}

/** The cases in which a term is looked for, as bytes with small ASCII letters: the scanner folds no others. */
function waysToWrite(term: string): ReadonlySet<string> {
  const small = term.toLowerCase();
  const capitalised = small.replace(/(?<!\p{L})\p{L}/gu, (letter) => letter.toUpperCase());
  const all = [term, small, term.toUpperCase(), capitalised].map((written) =>
    toAsciiLowerCase(Buffer.from(written).toString('latin1')),
  );
  return new Set(all.filter((written) => written.length >= minBytes));
}
