import { styleText } from 'node:util';
import type { DiagnosticStyle } from '../../pipeline/config/format-diagnostics.ts';

/** True where colour is welcome: `NO_COLOR` says no, else `FORCE_COLOR` says which, else a terminal that is not `TERM=dumb` does. */
export function wantsColour(
  stream: { readonly isTTY?: boolean },
  env: Readonly<Record<string, string | undefined>>,
): boolean {
  const isSet = (name: string): boolean => (env[name] ?? '') !== '';
  if (isSet('NO_COLOR')) return false;
  if (isSet('FORCE_COLOR')) return env['FORCE_COLOR'] !== '0';
  return stream.isTTY === true && env['TERM'] !== 'dumb';
}

/** Colours of diagnostics on standard error; undefined where colour is not welcome. */
export function diagnosticStyle(): DiagnosticStyle | undefined {
  if (!wantsColour(process.stderr, process.env)) return undefined;
  const colours = { error: 'red', warning: 'yellow', info: 'cyan' } as const;
  return {
    severity: (text, severity) => styleText(colours[severity], text, { validateStream: false }),
    dim: (text) => styleText('dim', text, { validateStream: false }),
  };
}

/** Writes data, and nothing else, to standard output. */
export function printData(text: string): void {
  process.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
}

/** Writes data as JSON to standard output. */
export function printJson(data: unknown): void {
  printData(JSON.stringify(data, undefined, 2));
}

/** Tells the person something, on standard error. */
export function tell(text: string): void {
  process.stderr.write(text.endsWith('\n') ? text : `${text}\n`);
}
