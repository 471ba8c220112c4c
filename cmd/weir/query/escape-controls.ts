/**
 * Makes text safe to print on a terminal: control characters, which could move the cursor or change colours, are shown as
 * `\n`, `\t` or `\x1b`. What a model wrote must not drive the terminal of who reads it.
 */
export function escapeControls(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu, (character) => {
    if (character === '\n') return '\\n';
    if (character === '\t') return '\\t';
    const code = character.charCodeAt(0).toString(16);
    return code.length > 2 ? `\\u${code.padStart(4, '0')}` : `\\x${code.padStart(2, '0')}`;
  });
}
