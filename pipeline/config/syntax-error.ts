import type { YAMLError } from 'yaml';

/** Says in a user's words what is wrong with the YAML, and how to mend it; `line` is the text at the error. */
export function describeSyntaxError(error: YAMLError, line: string): string {
  const missingSpace = /^\s*(?:- )?([A-Za-z_][\w/]*):[^\s:]/.exec(line);
  if (missingSpace !== null && keyErrors.has(error.code)) {
    return `a space is missing after "${missingSpace[1] ?? ''}:"`;
  }
  if (/[[{].*[^"']\$\{/.test(line)) {
    return 'a reference inside [ ] or { } must be put in quotes: "${…}"';
  }
  if (error.message.startsWith('Missing closing ')) return 'this quote is not closed';
  if (error.message.startsWith('Flow ')) return 'this "[" or "{" is not closed';
  return descriptions[error.code] ?? lowerFirst(error.message);
}

/** Says which key occurs twice in its map, and on which line it stood first. */
export function describeDuplicate(key: string, firstLine: number): string {
  return `"${key}" occurs twice in the same map; the first is on line ${firstLine}`;
}

const keyErrors: ReadonlySet<string> = new Set([
  'MULTILINE_IMPLICIT_KEY',
  'MISSING_CHAR',
  'UNEXPECTED_TOKEN',
]);

const descriptions: Readonly<Record<string, string>> = {
  TAB_AS_INDENT: 'a tab is used for indentation; YAML takes spaces only',
  BAD_INDENT: 'the indentation does not fit: keys of one map must start in the same column',
  BLOCK_AS_IMPLICIT_KEY: 'a second ": " on one line; put the value in quotes, or on its own line',
  MULTILINE_IMPLICIT_KEY: 'this is no "key: value"; a colon is missing, or a quote around text',
  BAD_DQ_ESCAPE:
    'a backslash means an escape between double quotes; use single quotes for patterns and paths',
  BAD_SCALAR_START: 'text that starts with @, ` or % must be put in quotes',
  MULTIPLE_DOCS: 'a second document starts here ("---"); a configuration is one document',
  BAD_ALIAS: 'this "*" refers to nothing; put text that starts with * in quotes',
  RESOURCE_EXHAUSTION: 'is nested too deeply',
};

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
