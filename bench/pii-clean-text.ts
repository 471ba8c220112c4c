import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { extname, join } from 'node:path';
import type { Hit } from '../processors/redaction/hits.ts';
import { projectRoot } from '../test/support/project-root.ts';

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

/** Bytes of each kind of clean text, as far as there are so many. */
const cleanBytes = 20_000_000;

const roots = ['node_modules', 'docs'].map((name) => join(projectRoot, name));
const systemRoots = [
  '/usr/share/doc',
  '/usr/share/perl',
  '/usr/lib/python3',
  '/usr/include',
  '/var/log',
];

/** What is found in clean text and is what it seems, as far as that can be told by rule: a true hit on what is published. */
const isWhatItSeems: Readonly<Record<string, (value: string, before: string) => boolean>> = {
  // Addresses of authors, and in examples.
  email: () => true,
  jwt: () => true,
  mac: (value) => value.includes(':'),
  // IPv6 has no other meaning; a dotted quad is an address where the text around says so, or quotes it alone.
  ip: (value, before) =>
    value.includes(':') ||
    /ip|addr|host|dns|server|net|url|https?|socket/i.test(before) ||
    /["'`]$/.test(before),
  // `password: 'secret123'` of an example is a password, and `?token=` of a badge a token.
  credential: (_, before) => /passw(?:or)?d["']?\s?[:=]\s?["']?$|[?&]token=$/i.test(before),
  phone: (_, before) => /(?:phone|tel|fax)[:.]? ?$/i.test(before),
};

interface CleanCounts {
  readonly hits: Map<string, number>;
  size: number;
  falseHits: number;
}

/**
 * Prints the hits a megabyte in documentation, code and logs that are installed. `shown` names a kind whose hits are
 * printed, as `code:all`, or those of them that are false, as `code:false`.
 */
export function evaluateCleanText(
  hitsIn: (text: string) => readonly Hit[],
  shown: string | undefined,
): void {
  for (const kind of Object.keys(kinds)) {
    const counts: CleanCounts = { hits: new Map(), size: 0, falseHits: 0 };
    for (const text of gatherCleanText([...roots, ...systemRoots], kind, cleanBytes)) {
      const source = Buffer.from(text);
      counts.size += source.length;
      for (const hit of hitsIn(text))
        countHit(source, hit, counts, (verdict, line) => {
          if (shown === `${kind}:${verdict}` || shown === `${kind}:all`) console.log(line);
        });
    }
    printCounts(kind, counts);
  }
}

type Print = (verdict: 'false' | 'true', line: string) => void;

function countHit(
  source: Buffer,
  { entity, start, end }: Hit,
  counts: CleanCounts,
  print: Print,
): void {
  const before = source.toString('utf8', Math.max(0, start - 60), start);
  const value = source.toString('utf8', start, end);
  const isTrue = isWhatItSeems[entity]?.(value, before) === true;
  if (!isTrue) counts.falseHits++;
  counts.hits.set(entity, (counts.hits.get(entity) ?? 0) + 1);
  print(isTrue ? 'true' : 'false', `${entity} ${JSON.stringify(before)} ${JSON.stringify(value)}`);
}

function printCounts(kind: string, { hits, size, falseHits }: CleanCounts): void {
  const megabytes = size / 1e6;
  const rates = [...hits].map(([entity, count]) => `${entity} ${(count / megabytes).toFixed(2)}`);
  console.log(
    `\n${kind}, ${megabytes.toFixed(1)} MB; false hits a MB: ${(falseHits / megabytes).toFixed(2)}; hits a MB: ${rates.sort().join(', ')}`,
  );
}

/** What is installed with the project or with the operating system, of one kind, up to `bytes`. */
function gatherCleanText(roots: readonly string[], kind: string, bytes: number): string[] {
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
