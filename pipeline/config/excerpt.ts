import { isSensitiveName, redacted, redactUrls } from './sensitive.ts';
import { setOptionsName } from './set-option.ts';
import type { SourceText } from './source.ts';

const maxLineLength = 160;
/** Masking looks at more than is shown, so that a cut never halves what would be masked, and at no more than this. */
const maxMaskedLength = 2000;

/**
 * The line of a source as a diagnostic may show it: values of keys that are or might be secret are masked, also where the
 * text is no valid YAML, so this reads the text and not the tree. Undefined where there is no such line.
 */
export function excerptOf(
  source: SourceText,
  line: number,
  column: number,
): { readonly line: string; readonly column: number } | undefined {
  const lines = source.text.split(/\r?\n/).map((whole) => whole.slice(0, maxMaskedLength));
  const text = lines[line - 1];
  if (text === undefined || text.trim() === '') return undefined;
  const from =
    source.name === setOptionsName ? maskedFromOfOption(text) : maskedFrom(lines, line - 1);
  const masked = from === undefined ? text : text.slice(0, from) + redacted;
  const shown = redactUrls(masked).replaceAll('\t', ' ').slice(0, maxLineLength);
  return {
    line: shown,
    column: Math.max(1, Math.min(column, (from ?? column) + 1, shown.length + 1)),
  };
}

function maskedFromOfOption(text: string): number | undefined {
  const equals = text.indexOf('=');
  const keys = text.slice(0, equals).split(/::|\./);
  return equals > 0 && keys.some(isSensitiveName) ? equals + 1 : undefined;
}

/** Where in its line the masked part begins; undefined where nothing needs it. */
function maskedFrom(lines: readonly string[], index: number): number | undefined {
  const text = lines[index] ?? '';
  const contentStart = /^[\s-]*/.exec(text)?.[0].length ?? 0;
  for (const match of text.matchAll(/(["']?)([A-Za-z_][\w./-]*)\1\s*:\s*/g)) {
    if (isSensitiveName(match[2] ?? '')) return match.index + match[0].length;
  }
  if (!parentKeys(lines, index).some(isSensitiveName)) return undefined;
  const key = /^[\s-]*["']?[\w./-]+["']?\s*:\s*/.exec(text);
  return key === null ? contentStart : key[0].length;
}

/** Keys of the lines above that are indented less and less, nearest first. */
function parentKeys(lines: readonly string[], index: number): string[] {
  const keys: string[] = [];
  let indent = indentOf(lines[index] ?? '');
  for (let at = index - 1; at >= 0 && indent > 0; at -= 1) {
    const text = lines[at] ?? '';
    if (text.trim() === '' || indentOf(text) >= indent) continue;
    indent = indentOf(text);
    const key = /^[\s-]*["']?([\w./-]+)["']?\s*:/.exec(text)?.[1];
    if (key !== undefined) keys.push(key);
  }
  return keys;
}

/** Items of a list may stand in the column of their key; the dash makes them one deeper. */
function indentOf(text: string): number {
  const spaces = /^\s*/.exec(text)?.[0].length ?? 0;
  return text[spaces] === '-' ? spaces + 1 : spaces;
}
