import type { SourcePosition } from './config.ts';

/** How much a diagnostic matters: only an error keeps the daemon from starting. */
type Severity = 'error' | 'warning' | 'info';

/** What kind of finding a diagnostic is; stable, so that scripts and editors may rely on it. */
export type DiagnosticCode =
  | 'ambiguous_id'
  | 'build_failed'
  | 'conflicting_storage'
  | 'cycle'
  | 'duplicate_key'
  | 'duplicate_reference'
  | 'empty_file'
  | 'engine_setting'
  | 'file_conflict'
  | 'invalid_id'
  | 'invalid_reference'
  | 'invalid_value'
  | 'missing_key'
  | 'missing_component'
  | 'no_effect'
  | 'not_in_weir'
  | 'open_endpoint'
  | 'port_conflict'
  | 'suspicious_value'
  | 'too_large'
  | 'too_many_errors'
  | 'unconnected_connector'
  | 'undefined_component'
  | 'unknown_key'
  | 'unknown_signal'
  | 'unknown_type'
  | 'unreadable_file'
  | 'unset_variable'
  | 'unsupported_signal'
  | 'unused_component'
  | 'wrong_type'
  | 'yaml_syntax';

/** One finding about a configuration. It never holds a secret: values under secret keys and of variables are left out. */
export interface Diagnostic {
  readonly severity: Severity;
  readonly code: DiagnosticCode;
  /** Dotted path of the key, as in `exporters.otlp.tls`; empty where the file as a whole is meant. */
  readonly path: string;
  readonly message: string;
  /** `line` is 0 where the file as a whole is meant. */
  readonly position: SourcePosition;
  /** What was probably meant. */
  readonly suggestion?: string;
  /** The line of the source with secrets masked, and where the caret goes in it, from 1. */
  readonly excerpt?: { readonly line: string; readonly column: number };
}

/** Takes diagnostics as the stages of loading find them. */
export type Report = (diagnostic: Diagnostic) => void;

/** More errors than this are of no use to a reader. */
const maxErrors = 50;

/** Sorts by place, in the order of the sources, drops repeats, and cuts after 50 errors with a line that says so. */
export function arrangeDiagnostics(
  diagnostics: readonly Diagnostic[],
  files: readonly string[],
): Diagnostic[] {
  const sorted = withoutRepeats(diagnostics).sort((a, b) => comparePositions(a, b, files));
  const errors = sorted.filter((diagnostic) => diagnostic.severity === 'error');
  const [firstLeftOut] = errors.slice(maxErrors);
  if (firstLeftOut === undefined) return sorted;
  const kept = sorted.slice(0, sorted.indexOf(firstLeftOut));
  return [...kept, tooManyErrors(errors.length - maxErrors, firstLeftOut.position.file)];
}

function withoutRepeats(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  const seen = new Map<string, Diagnostic>();
  for (const diagnostic of diagnostics) {
    const { file, line, column } = diagnostic.position;
    const key = JSON.stringify([file, line, column, diagnostic.path, diagnostic.message]);
    if (!seen.has(key)) seen.set(key, diagnostic);
  }
  return [...seen.values()];
}

function comparePositions(a: Diagnostic, b: Diagnostic, files: readonly string[]): number {
  return (
    files.indexOf(a.position.file) - files.indexOf(b.position.file) ||
    a.position.line - b.position.line ||
    a.position.column - b.position.column
  );
}

function tooManyErrors(count: number, file: string): Diagnostic {
  return {
    severity: 'error',
    code: 'too_many_errors',
    path: '',
    message: `and ${count} more errors`,
    position: { file, line: 0, column: 0 },
  };
}
