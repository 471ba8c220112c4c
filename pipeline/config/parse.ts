import { isMap, isScalar, Lexer, LineCounter, parseDocument, Parser, type Document } from 'yaml';
import type { Report } from './diagnostic.ts';
import type { ConfigNode } from './node.ts';
import type { SourceText } from './source.ts';
import { describeSyntaxError } from './syntax-error.ts';
import { convertTree, reportAt, TreeTooLargeError, type Place } from './yaml-tree.ts';

/** A configuration is nested about ten levels deep; recursion over much more could end the process. */
const maxDepth = 64;

/**
 * Parses YAML to a tree with positions. Undefined, with diagnostics, where it is no YAML, empty, not a map at its top
 * (unless `anyValue`), or over the caps. Duplicate keys are reported and the first one kept.
 */
export function parseYaml(
  source: SourceText,
  report: Report,
  anyValue = false,
): ConfigNode | undefined {
  const lines = new LineCounter();
  const place = { file: source.name, lines };
  if (isTooDeep(source.text)) {
    reportAt(report, place, { code: 'too_large', offset: 0, message: 'is nested too deeply' });
    return undefined;
  }
  const document = parseDocument(source.text, {
    lineCounter: lines,
    prettyErrors: false,
    merge: true,
    logLevel: 'error',
  });
  if (reportSyntax(document, source.text, place, report)) return undefined;
  return toTree(document, place, { anyValue, report });
}

/** The parser of tokens keeps its own stack, so it can be asked for the depth before anything recursive sees the text. */
function isTooDeep(text: string): boolean {
  const parser = new Parser();
  for (const lexeme of new Lexer().lex(text)) {
    const tokens = parser.next(lexeme);
    while (tokens.next().done !== true);
    if (parser.stack.length > maxDepth) return true;
  }
  return false;
}

/** Reports the first syntax error, for the rest mostly follow from it, and every duplicate key. True where it is fatal. */
function reportSyntax(document: Document, text: string, place: Place, report: Report): boolean {
  const isDuplicate = (error: { code: string }): boolean => error.code === 'DUPLICATE_KEY';
  const fatal = document.errors.find((error) => !isDuplicate(error));
  const shown = document.errors.filter(isDuplicate);
  if (fatal !== undefined) shown.push(fatal);
  for (const error of shown) {
    const offset = errorOffset(error, text);
    const line = text.slice(text.lastIndexOf('\n', offset - 1) + 1).split('\n', 1)[0] ?? '';
    const code = isDuplicate(error) ? 'duplicate_key' : 'yaml_syntax';
    reportAt(report, place, { code, offset, message: describeSyntaxError(error, line) });
  }
  return fatal !== undefined;
}

/** Some errors are found in the white space before a word, or at the end of a text that a quote swallowed; the reader looks at the word, or at the quote. */
function errorOffset(
  error: {
    readonly code: string;
    readonly message: string;
    readonly pos: [number, number];
  },
  text: string,
): number {
  const [start] = error.pos;
  const quote = /^Missing closing (["'])/.exec(error.message)?.[1];
  if (quote !== undefined) return openQuote(text, quote) ?? start;
  if (error.code === 'TAB_AS_INDENT') return start;
  return start + (/^\s*/.exec(text.slice(start))?.[0].length ?? 0);
}

/** The last quote of the first line that has an odd number of them. */
function openQuote(text: string, quote: string): number | undefined {
  let lineStart = 0;
  for (const line of text.split('\n')) {
    if (line.split(quote).length % 2 === 0) return lineStart + line.lastIndexOf(quote);
    lineStart += line.length + 1;
  }
  return undefined;
}

function toTree(
  document: Document,
  place: Place,
  options: { readonly anyValue: boolean; readonly report: Report },
): ConfigNode | undefined {
  const { contents } = document;
  const isEmpty = contents === null || (isScalar(contents) && contents.value === null);
  if (!options.anyValue && isEmpty) {
    const message = 'the configuration is empty';
    const position = { file: place.file, line: 0, column: 0 };
    options.report({ severity: 'error', code: 'empty_file', path: '', message, position });
    return undefined;
  }
  if (!options.anyValue && !isMap(contents)) {
    const offset = contents?.range?.[0] ?? 0;
    const message = 'the configuration must be a map of "key: value" lines';
    reportAt(options.report, place, { code: 'wrong_type', offset, message });
    return undefined;
  }
  try {
    return convertTree(document, place, options.report);
  } catch (error) {
    if (!(error instanceof TreeTooLargeError)) throw error;
    const message = 'aliases ("*name") repeat too much: more than 100, or in a circle';
    reportAt(options.report, place, { code: 'too_large', offset: 0, message });
    return undefined;
  }
}
