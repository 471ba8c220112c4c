const named: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/**
 * C0, DEL and C1 controls, line and paragraph separators, and the marks that turn the direction of writing: what a
 * prompt could use to move the cursor, recolour, retitle, or show other text than it holds (CVE-2021-42574).
 */
// eslint-disable-next-line no-control-regex -- finding control characters is the purpose
const unsafe = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** One line that is safe to write to a terminal: control characters in user content appear as escapes (`\n`, `\x1b`). */
export function toTerminalText(text: string): string {
  return text.replace(unsafe, (character) => named[character] ?? escapeCode(character));
}

/** As `toTerminalText`, cut to `maxLength` characters with an ellipsis. */
export function clipTerminalText(text: string, maxLength: number): string {
  // Escaping only lengthens, so cutting first bounds the work on a prompt of megabytes.
  const safe = toTerminalText(text.slice(0, maxLength + 1));
  if (safe.length <= maxLength) return safe;
  return `${safe.slice(0, Math.max(0, maxLength - 1)).replace(/[\ud800-\udbff]$/, '')}…`;
}

function escapeCode(character: string): string {
  const code = character.charCodeAt(0);
  return code < 0x100
    ? `\\x${code.toString(16).padStart(2, '0')}`
    : `\\u${code.toString(16).padStart(4, '0')}`;
}
