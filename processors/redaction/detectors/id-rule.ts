import type { Entity } from '../entity.ts';
import { splitForm } from '../form-table.ts';

/**
 * One kind of identity number. Forms are written with `9` for a digit, `A` for a capital letter, `a` for a letter, `X`
 * for a capital letter or a digit, `x` for a small one; anything else stands for itself. The first word that has a digit must be of one length.
 */
export interface IdRule {
  readonly entity: Entity;
  /** Forms that are taken wherever they stand, once valid. */
  readonly alone?: readonly string[];
  /** Forms that are taken only where one of `words` is near. */
  readonly named?: readonly string[];
  readonly words: readonly string[];
  /** The format's own rules, over letters and digits without separators, in upper case. */
  readonly isValid: (id: string) => boolean;
  /** Weaker rules for what a word names: some numbers are given out without regard to dates or check digits. */
  readonly isPlausible?: (id: string) => boolean;
}

/** A form made ready to be tried at a word. */
export interface IdForm {
  readonly rule: IdRule;
  readonly pattern: RegExp;
  readonly needsWords: boolean;
  /** Bytes in front of the first word that has a digit. */
  readonly lead: number;
  /** Length of that word, and the byte behind it, 0 where the word is all. */
  readonly wordLength: number;
  readonly separator: number;
  /** Digits of the group behind the separator, 0 where letters stand among them. */
  readonly nextDigits: number;
  /** True where that word has no letter. */
  readonly isDigits: boolean;
}

const classes: Readonly<Record<string, string>> = {
  '9': '\\d',
  A: '[A-Z]',
  a: '[A-Za-z]',
  X: '[A-Z\\d]',
  x: '[a-z\\d]',
};

/** The source of a regular expression that matches what is written in this form. */
export function patternOf(form: string): string {
  return Array.from(form, (char) => classes[char] ?? `\\${char}`).join('');
}

/** Compiles the forms of a rule. */
export function formsOf(rule: IdRule): IdForm[] {
  const compile = (form: string, needsWords: boolean): IdForm => {
    const { lead, word } = splitForm(form);
    const behind = lead.length + word.length;
    const next = /^[ .\-/](9+)(?![9AaXx])/.exec(form.slice(behind))?.[1] ?? '';
    return {
      rule,
      pattern: new RegExp(patternOf(form), 'y'),
      needsWords,
      lead: lead.length,
      wordLength: word.length,
      separator: behind < form.length ? form.charCodeAt(behind) : 0,
      nextDigits: /^9+$/.test(word) ? next.length : 0,
      isDigits: /^9+$/.test(word),
    };
  };
  const alone = (rule.alone ?? []).map((form) => compile(form, false));
  return [...alone, ...(rule.named ?? []).map((form) => compile(form, true))];
}
