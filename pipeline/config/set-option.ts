import type { SourcePosition } from './config.ts';
import type { Report } from './diagnostic.ts';
import { placeAt, type ConfigNode } from './node.ts';
import { parseYaml } from './parse.ts';

/** The name of the source that `--set` options make together; each option is one line of it. */
export const setOptionsName = '--set';

/**
 * Turns one `--set a.b=c` into a tree with the one value. Keys are split at `::` where there is one, else at dots; the
 * value is YAML. Undefined, with a diagnostic, where it has no `=` or no key.
 */
export function parseSetOption(
  option: string,
  line: number,
  report: Report,
): ConfigNode | undefined {
  const position = { file: setOptionsName, line, column: 1 };
  const equals = option.indexOf('=');
  const keys = splitKeys(option.slice(0, Math.max(equals, 0)));
  if (equals < 1 || keys.includes('')) {
    const what = equals < 0 ? 'has no "="' : 'has an empty key';
    const message = `this option ${what}; write --set key.key=value`;
    report({ severity: 'error', code: 'yaml_syntax', path: '', message, position });
    return undefined;
  }
  const value = parseValue(option.slice(equals + 1), { ...position, column: equals + 2 }, report);
  return value === undefined ? undefined : nest(keys, value, position);
}

function splitKeys(path: string): string[] {
  return path.split(path.includes('::') ? '::' : '.').map((key) => key.trim());
}

function parseValue(
  text: string,
  position: SourcePosition,
  report: Report,
): ConfigNode | undefined {
  const value = parseYaml(
    { name: setOptionsName, text },
    (diagnostic) => {
      report({ ...diagnostic, position });
    },
    true,
  );
  return value === undefined ? undefined : placeAt(value, { position });
}

function nest(keys: readonly string[], value: ConfigNode, position: SourcePosition): ConfigNode {
  return keys.reduceRight<ConfigNode>(
    (node, key) => ({
      kind: 'map',
      position,
      entries: new Map([[key, { position, value: node }]]),
    }),
    value,
  );
}
