/**
 * True for a name that underscores in place of what is outside ASCII would make another's: one with such letters or digits,
 * and one that is nothing but such characters.
 */
export function needsCodePoints(name: string): boolean {
  if (/(?![a-zA-Z0-9])[\p{L}\p{M}\p{N}]/u.test(name)) return true;
  return !/[a-zA-Z0-9]/.test(name) && /[^ -~]/.test(name);
}

/** A name as Prometheus escapes it by values: `日本` is `U___65e5__672c_`, `größe_1` is `U__gr_f6__df_e__1`. */
export function toCodePoints(name: string): string {
  const escaped = Array.from(name, (character, index) => {
    if (character === '_') return '__';
    const isKept = index === 0 ? /[a-zA-Z]/.test(character) : /[a-zA-Z0-9]/.test(character);
    return isKept ? character : `_${character.codePointAt(0)?.toString(16) ?? ''}_`;
  });
  return `U__${escaped.join('')}`;
}
