import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { extname, join } from 'node:path';

/** A file gives at most so much, so that none fills the text alone. */
const maxFileBytes = 96 * 1024;

const maxSourceBytes = 4 * 1024 * 1024;

const kinds: Readonly<Record<string, ReadonlySet<string>>> = {
  documentation: new Set(['.md', '.rst', '.txt', '.html', '.1']),
  code: new Set([
    '.js',
    '.mjs',
    '.cjs',
    '.ts',
    '.py',
    '.c',
    '.h',
    '.json',
    '.yaml',
    '.yml',
    '.proto',
  ]),
  logs: new Set(['.log', '.tsbuildinfo']),
};

/** What is installed with the project or with the operating system, of one kind, up to `bytes`. */
export function gatherCleanText(roots: readonly string[], kind: string, bytes: number): string[] {
  const wanted = kinds[kind] ?? new Set<string>();
  const texts: string[] = [];
  let size = 0;
  const pending = roots.filter((root) => existsSync(root));
  while (pending.length > 0 && size < bytes) {
    const folder = pending.pop() ?? '';
    const entries = readdirSync(folder, { withFileTypes: true });
    for (const entry of entries) if (entry.isDirectory()) pending.unshift(join(folder, entry.name));
    const files = entries.filter((entry) => entry.isFile() && wanted.has(extname(entry.name)));
    for (const file of files) {
      const text = readText(join(folder, file.name));
      texts.push(text);
      size += text.length;
    }
  }
  return texts;
}

/** The beginning of a text file, '' where it is none or too large to be written by people. */
function readText(path: string): string {
  if (statSync(path).size > maxSourceBytes) return '';
  const text = readFileSync(path, 'utf8').slice(0, maxFileBytes);
  return text.includes('\0') ? '' : text;
}
