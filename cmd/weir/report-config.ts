import type { Config } from '../../pipeline/config/config.ts';
import { formatDiagnostics } from '../../pipeline/config/format-diagnostics.ts';
import type { LoadedConfig } from './config-options.ts';
import { CommandFailure, exitCodes } from './exit-code.ts';
import { diagnosticStyle } from './terminal.ts';

/**
 * The configuration where it is in order.
 * @throws CommandFailure with every diagnostic and exit code 78 where it is not.
 */
export function requireConfig({ result }: LoadedConfig): Config {
  if (result.ok) return result.config;
  const errors = result.diagnostics.filter(({ severity }) => severity === 'error').length;
  const count = errors === 1 ? '1 error' : `${errors} errors`;
  const text = formatDiagnostics(result.diagnostics, diagnosticStyle());
  throw new CommandFailure(`${text}${count} in the configuration`, exitCodes.invalidConfig);
}
