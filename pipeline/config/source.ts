import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Report } from './diagnostic.ts';

/** Where a configuration comes from: a file, or a text with the name that messages give it. */
export type ConfigSource =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'text'; readonly name: string; readonly text: string };

/**
 * The source that a location names, as the Collector writes it: `file:PATH` or a path, and `env:NAME` for a variable that
 * holds the configuration itself.
 */
export function toSource(
  location: string,
  env: Readonly<Record<string, string | undefined>>,
): ConfigSource {
  const [, scheme, rest = ''] = /^(file|env):(.+)$/s.exec(location) ?? [];
  if (scheme === 'env') return { kind: 'text', name: location, text: env[rest] ?? '' };
  return { kind: 'file', path: scheme === 'file' ? rest : location };
}

/** Schemes of the Collector that no path begins with. */
const otherScheme = /^(?:https?|yaml|s3):/;

/** The text of a source. */
export interface SourceText {
  readonly name: string;
  readonly text: string;
}

/** Nobody writes a configuration of this size; what is larger was named by mistake. */
const maxFileBytes = 1024 * 1024;

/** Reads a source; undefined, with a diagnostic, where it cannot be read or is over 1 MiB. */
export function readSource(
  source: ConfigSource,
  cwd: string,
  report: Report,
): SourceText | undefined {
  if (source.kind === 'text') return { name: source.name, text: source.text };
  const read = readTextFile(resolve(cwd, source.path));
  if (read.ok) return { name: source.path, text: read.text };
  const code = read.tooLarge ? 'too_large' : 'unreadable_file';
  const position = { file: source.path, line: 0, column: 0 };
  const [scheme] = otherScheme.exec(source.path) ?? [];
  const message =
    scheme === undefined
      ? read.message
      : `${read.message}; "${scheme}" is not read here: name a file, or env:NAME for a variable that holds the configuration`;
  report({ severity: 'error', code, path: '', message, position });
  return undefined;
}

/** What reading a file came to; the message does not name the file. */
export type FileText =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly tooLarge: boolean; readonly message: string };

/** Reads a text file of at most 1 MiB, without a byte order mark. */
export function readTextFile(path: string): FileText {
  try {
    if (statSync(path).size > maxFileBytes) {
      return { ok: false, tooLarge: true, message: 'is larger than 1 MiB: not a configuration' };
    }
    return { ok: true, text: readFileSync(path, 'utf8').replace(/^\uFEFF/, '') };
  } catch (error) {
    return { ok: false, tooLarge: false, message: `cannot be read: ${reasonOf(error)}` };
  }
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  EACCES: 'permission denied',
  EISDIR: 'it is a directory',
  ENOTDIR: 'no such directory',
};

/** Why a file cannot be read, in words where there are any for it. */
export function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return reasons[code] ?? (code === '' ? String(error) : code);
}
