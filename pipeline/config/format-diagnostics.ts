import type { Diagnostic } from './diagnostic.ts';

/** How diagnostics are painted; the identity where there is no colour. */
export interface DiagnosticStyle {
  severity(text: string, severity: Diagnostic['severity']): string;
  dim(text: string): string;
}

const plain: DiagnosticStyle = { severity: (text) => text, dim: (text) => text };

/**
 * Prints diagnostics as compilers do: `file:line:col: path: message (did you mean "x"?)`, then the line of the source and
 * a caret. Ends with a newline where there is any.
 */
export function formatDiagnostics(
  diagnostics: readonly Diagnostic[],
  style: DiagnosticStyle = plain,
): string {
  return diagnostics.map((diagnostic) => formatDiagnostic(diagnostic, style)).join('');
}

function formatDiagnostic(diagnostic: Diagnostic, style: DiagnosticStyle): string {
  const { position, path, severity, suggestion, excerpt } = diagnostic;
  const place =
    position.line === 0 ? position.file : `${position.file}:${position.line}:${position.column}`;
  const label = severity === 'error' ? '' : `${severity}: `;
  const hint = suggestion === undefined ? '' : ` (did you mean "${suggestion}"?)`;
  const where = path === '' ? '' : `${path}: `;
  const head = `${place}: ${style.severity(`${label}${where}${diagnostic.message}`, severity)}${hint}\n`;
  if (excerpt === undefined) return head;
  const caret = `${' '.repeat(excerpt.column - 1)}^`;
  return `${head}  ${style.dim(excerpt.line)}\n  ${style.dim(caret)}\n`;
}
