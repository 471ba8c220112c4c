import type { Detector } from './detector.ts';

/**
 * Forms of identity numbers as rows of byte classes, so that a prefilter tells a word that none of them fits. Letters of
 * either half of the alphabet are classes of their own, because a class is what a byte's two nibbles tell together.
 */
export interface FormTable {
  /** By length of the word: its forms. */
  readonly byWordLength: readonly (readonly Form[])[];
  /** For words of digits alone, by `digitSlot`: 1 where a form may go on so. */
  readonly digitStarts: Uint8Array;
}

/** One form: `classes` of its bytes, which start `lead` bytes before the word. */
export interface Form {
  readonly lead: number;
  readonly classes: Uint8Array;
}

/** Longer words are no ids, and longer forms are not known. */
export const maxWord = 24;
export const maxForm = 32;

const digit = 1;
const separator = 32;
/** In a form: every byte will do. */
export const anything = 128;

/** Classes by low nibble and by high nibble, of which a byte has those that both say. */
export const lowClasses = Uint8Array.from({ length: 16 }, (_, low) => {
  const firstHalf = low >= 1 ? 2 | 8 : 0;
  const secondHalf = low <= 10 ? 4 | 16 : 0;
  return (low <= 9 ? digit : 0) | firstHalf | secondHalf | separator;
});
export const highClasses = Uint8Array.from([
  0,
  0,
  separator,
  digit,
  2,
  4,
  8,
  16,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
]);

/** The class of a byte, 0 where it is neither letter, digit nor separator. */
function classOf(byte: number): number {
  return (lowClasses[byte & 15] ?? 0) & (highClasses[byte >> 4] ?? 0);
}

const upper = 2 | 4;
const lower = 8 | 16;
/** The alphabet in which forms are written; anything else stands for itself. */
const classesOfForm: Readonly<Record<string, number>> = {
  '9': digit,
  A: upper,
  a: upper | lower,
  X: upper | digit,
  x: lower | digit,
};

/** Splits a form into the words of letters before its first word that has a digit, and that word. */
export function splitForm(form: string): { readonly lead: string; readonly word: string } {
  const [, lead = '', word = ''] = /^((?:[Aa]+[^9AaXx]+)*)([9AaXx]+)/.exec(form) ?? [];
  return { lead, word };
}

/** Collects the forms of `id` gates. */
export function createFormTable(detectors: readonly Detector[]): FormTable {
  const byWordLength: Form[][] = Array.from({ length: maxWord + 1 }, () => []);
  const digitStarts = new Uint8Array(digitSlot(maxWord + 1, 0, 0));
  const written = detectors.flatMap(({ gate }) => (gate.kind === 'id' ? gate.forms : []));
  for (const form of new Set(written)) {
    const { lead, word } = splitForm(form);
    const forms = byWordLength[word.length];
    if (word === '' || forms === undefined || form.length > maxForm) {
      throw new Error(`a form is a word of up to ${maxWord} of ${maxForm} characters, not ${form}`);
    }
    const classes = Uint8Array.from(form, (char) => {
      const own = classOf(char.charCodeAt(0));
      return classesOfForm[char] ?? (own === 0 ? anything : own);
    });
    forms.push({ lead: lead.length, classes });
    if (/^[9Xx]+$/.test(word)) {
      addDigitStart(digitStarts, word.length, form.slice(lead.length + word.length));
    }
  }
  return { byWordLength, digitStarts };
}

const maxNext = 31;

/** Slot of a word of digits, the byte behind it and the digits of the group that follows, 0 where none does. */
export function digitSlot(length: number, after: number, next: number): number {
  return (length * 128 + (after & 127)) * (maxNext + 1) + Math.min(next, maxNext);
}

function addDigitStart(digitStarts: Uint8Array, length: number, rest: string): void {
  // Where letters may follow the digits of the next group, there may be more digits.
  const [, digits = ''] = /^[ .\-/](9+)(?![9AaXx])/.exec(rest) ?? [];
  const slotOf = (next: number): number => digitSlot(length, rest.charCodeAt(0), next);
  if (rest === '') digitStarts.fill(1, digitSlot(length, 0, 0), digitSlot(length + 1, 0, 0));
  else if (digits === '') digitStarts.fill(1, slotOf(0), slotOf(maxNext) + 1);
  else digitStarts[slotOf(digits.length)] = 1;
}

/** True where a form fits the word of `length` bytes at `start`. */
export function fitsForm(
  { byWordLength }: FormTable,
  bytes: Uint8Array,
  start: number,
  length: number,
): boolean {
  for (const { lead, classes } of byWordLength[length] ?? []) {
    if (fits(classes, bytes, start - lead)) return true;
  }
  return false;
}

function fits(classes: Uint8Array, bytes: Uint8Array, start: number): boolean {
  for (let index = 0; index < classes.length; index++) {
    const has = classOf(bytes[start + index] ?? 0) | anything;
    if ((has & (classes[index] ?? 0)) === 0) return false;
  }
  return true;
}
