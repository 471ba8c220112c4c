import type { Value } from '../../pipeline/batch/batch.ts';
import { toTerminalText } from './terminal-text.ts';

/** A decoded AnyValue as one safe line: strings bare, arrays and maps in JSON's brackets, bytes by their number. */
export function toValueText(value: Value): string {
  if (typeof value === 'string') return toTerminalText(value);
  if (value instanceof Uint8Array) return `<${String(value.byteLength)} bytes>`;
  if (Array.isArray(value)) return `[${value.map(toValueText).join(', ')}]`;
  if (value instanceof Map) {
    const entries = [...value].map(
      ([key, inner]) => `${toTerminalText(key)}: ${toValueText(inner)}`,
    );
    return `{${entries.join(', ')}}`;
  }
  return value === undefined ? '<empty>' : String(value);
}
