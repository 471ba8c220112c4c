import {
  isMap,
  isScalar,
  Lexer,
  LineCounter,
  parseDocument,
  Parser,
  visit,
  type Document,
  type ScalarTag,
} from 'yaml';
import type { Report } from './diagnostic.ts';
import type { ConfigNode } from './node.ts';
import type { SourceText } from './source.ts';
import { describeDuplicate, describeSyntaxError } from './syntax-error.ts';
import { convertTree, reportAt, TreeTooLargeError, type Place } from './yaml-tree.ts';

/** `65_536`, as files for the Collector write it: YAML 1.1, which Go reads, has underscores in numbers. */
const groupedInt: ScalarTag = {
  tag: 'tag:yaml.org,2002:int',
  default: true,
  test: /^[-+]?\d+(?:_\d+)+$/,
  resolve: (text) => Number(text.replaceAll('_', '')),
};

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
    customTags: (tags) => [groupedInt, ...tags],
    keepSourceTokens: true,
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
    const offset = openBracket(error, document) ?? errorOffset(error, text);
    const line = text.slice(text.lastIndexOf('\n', offset - 1) + 1).split('\n', 1)[0] ?? '';
    const first = isDuplicate(error) ? firstOfKey(offset, document) : undefined;
    const message =
      first === undefined
        ? describeSyntaxError(error, line)
        : describeDuplicate(first.key, place.lines.linePos(first.offset).line);
    const code = isDuplicate(error) ? 'duplicate_key' : 'yaml_syntax';
    reportAt(report, place, { code, offset, message });
  }
  return fatal !== undefined;
}

/** The key that the one at `offset` repeats. */
function firstOfKey(
  offset: number,
  document: Document,
): { readonly key: string; readonly offset: number } | undefined {
  let found: { readonly key: string; readonly offset: number } | undefined;
  visit(document, {
    Map: (_, { items }) => {
      const keys = items.flatMap(({ key }) => (isScalar(key) ? [key] : []));
      const repeated = keys.find((key) => key.range?.[0] === offset);
      if (repeated === undefined) return undefined;
      const first = keys.find((key) => key.value === repeated.value);
      found = { key: String(repeated.value), offset: first?.range?.[0] ?? offset };
      return visit.BREAK;
    },
  });
  return found;
}

/** Where the innermost bracket opens that nothing closes: the error itself stands where the parser gave up looking. */
function openBracket(error: { readonly message: string }, document: Document): number | undefined {
  if (!error.message.startsWith('Flow ')) return undefined;
  let open: number | undefined;
  visit(document, {
    Collection: (_, { srcToken }) => {
      if (srcToken?.type !== 'flow-collection') return;
      const closing = srcToken.start.type === 'flow-map-start' ? 'flow-map-end' : 'flow-seq-end';
      if (!srcToken.end.some(({ type }) => type === closing)) open = srcToken.offset;
    },
  });
  return open;
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
    const [, variable] = /^env:(.*)$/.exec(place.file) ?? [];
    const what =
      variable === undefined ? 'the configuration is empty' : `${variable} is empty or not set`;
    const message = `${what}; "weir print-config --source" prints one to start from`;
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
