import { escapeTail, isAlphanumeric, isDigit, startsWord } from '../bytes.ts';
import type { Detector, Report, Subject } from '../detector.ts';
import { matchEnd } from '../detector.ts';
import { digitSlot, maxWord } from '../form-table.ts';
import { groupEnd, groupLength, groupStart } from '../number-run.ts';
import type { Context } from './context.ts';
import { contextOf, isNamed } from './context.ts';
import type { IdForm, IdRule } from './id-rule.ts';
import { formsOf } from './id-rule.ts';

interface ReadyForm extends IdForm {
  readonly words: Context;
}

/**
 * One detector for all rules: it takes the word that a digit group stands in and tries the forms whose first word is as
 * long. Hex and base64 cost one look a word, because no form is as long as theirs.
 */
export function createIdDetector(rules: readonly IdRule[]): Detector {
  const byLength: ReadyForm[][] = Array.from({ length: maxWord + 1 }, () => []);
  for (const rule of rules) {
    const words = contextOf(rule.words);
    for (const form of formsOf(rule)) byLength[form.wordLength]?.push({ ...form, words });
  }
  const formsOfDigits = formsByStart(byLength);
  const withLetters = byLength.map((forms) => forms.filter(({ isDigits }) => !isDigits));
  return {
    gate: {
      kind: 'id',
      forms: rules.flatMap(({ alone = [], named = [] }) => [...alone, ...named]),
    },
    find(subject, group, report) {
      const { bytes, run } = subject;
      if (groupStart(run, group) < run.wordEnd) return;
      const start = wordStart(subject, group);
      const end = wordEnd(subject, group);
      if (end - start > maxWord) return;
      const isDigits = start === groupStart(run, group) && end === groupEnd(run, group);
      const forms = isDigits
        ? formsOfDigits(end - start, bytes[end] ?? 0, groupLength(run, group + 1))
        : (withLetters[end - start] ?? []);
      for (const form of forms) {
        if (form.separator === 0 || bytes[end] === form.separator)
          tryForm(subject, start - form.lead, form, report);
      }
    },
  };
}

type FormsByStart = (length: number, after: number, next: number) => readonly ReadyForm[];

/** Tells the forms that a word of `length` digits may start, by the byte behind it and the digits of the group that follows; each worked out once. */
function formsByStart(byLength: readonly (readonly ReadyForm[])[]): FormsByStart {
  const known = new Map<number, readonly ReadyForm[]>();
  return (length, after, next) => {
    const slot = digitSlot(length, after, next);
    const forms = known.get(slot);
    if (forms !== undefined) return forms;
    const fitting = (byLength[length] ?? []).filter(
      ({ separator, nextDigits }) =>
        (separator === 0 || separator === (after & 127)) &&
        (nextDigits === 0 || nextDigits === next),
    );
    known.set(slot, fitting);
    return fitting;
  };
}

function wordStart({ bytes, run }: Subject, group: number): number {
  let start = groupStart(run, group);
  const floor = Math.max(0, start - maxWord - 1);
  while (start > floor && isAlphanumeric(bytes[start - 1])) start--;
  return start + escapeTail(bytes, start);
}

/** A word with letters is looked at once, however many digit groups it has. */
function wordEnd({ bytes, run }: Subject, group: number): number {
  let end = groupEnd(run, group);
  if (!isAlphanumeric(bytes[end]) && !isAlphanumeric(bytes[groupStart(run, group) - 1])) return end;
  while (isAlphanumeric(bytes[end])) end++;
  run.wordEnd = end;
  return end;
}

function tryForm(subject: Subject, start: number, form: ReadyForm, report: Report): void {
  const { bytes, text } = subject;
  if (form.lead > 0 && (start < 0 || !startsWord(bytes, start))) return;
  const end = matchEnd(form.pattern, text, start);
  if (end < 0 || isAlphanumeric(bytes[end]) || isPart(bytes, start, end, form)) return;
  const id = text
    .slice(start, end)
    .replace(/[^\dA-Za-z]/g, '')
    .toUpperCase();
  const { rule, needsWords, words } = form;
  const isValid = rule.isValid(id);
  if (!isValid && rule.isPlausible?.(id) !== true) return;
  if ((needsWords || !isValid) && !isNamed(subject, start, end, words)) return;
  report(rule.entity, start, end);
}

const fullStop = 0x2e;
const hyphen = 0x2d;

/** True for a piece of something longer: of a number with a fraction, a UUID, a number of more groups. */
function isPart(bytes: Uint8Array, start: number, end: number, form: IdForm): boolean {
  const before = bytes[start - 1];
  const after = bytes[end];
  if (before === fullStop && isDigit(bytes[start - 2])) return true;
  if (after === fullStop && isDigit(bytes[end + 1])) return true;
  if (before === hyphen && !startsWord(bytes, start - 1)) return true;
  if (after === hyphen && isAlphanumeric(bytes[end + 1])) return true;
  const { separator } = form;
  if (separator === 0) return false;
  return (
    (before === separator && isDigit(bytes[start - 2])) ||
    (after === separator && isDigit(bytes[end + 1]))
  );
}
