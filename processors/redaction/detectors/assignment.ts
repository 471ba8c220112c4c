import { isAlphanumeric } from '../bytes.ts';
import type { Subject } from '../detector.ts';
import { matchEnd, textAfter, textBefore } from '../detector.ts';
import { valueOfKey } from './key-text.ts';

/** White space, also where it is written as an escape: text that is JSON holds `\\n` for a line break. */
const gap = '(?:\\s|\\\\{1,8}[nrt]){0,4}';
/** A quote that opens or closes, escaped as often as JSON in JSON has it. */
const quote = '\\\\{0,8}["\'`]';

/**
 * The source of a pattern for what stands between a name and its value in lists of settings, as those of containers and
 * headers: `{"name": "X", "value": "…"}`.
 */
export const pairedValue = `,?(?:\\s|\\\\{1,8}[nrt]){0,40}(?:${quote})?[Vv]alue(?:${quote})?${gap}[:=]`;

/**
 * What stands between a name and its value: the rest of the name, its closing quote, a type, a delimiter, an opening
 * quote. `=`, `:`, `:=`, `=>`, a fall-back in quotes (`||`, `??`), the comma of two arguments, the end of an XML tag or its
 * `value=`, the `value:` beside a name, `is` of a sentence, `to` of one that sets it.
 */
const assignment = new RegExp(
  [
    `[\\w.\\x80-\\xff-]{0,40}(?:[ \\t][\\w.-]{1,16}){0,2}?(?:${quote}\\]?)?${gap}`,
    '(?:: ?&?(?:[Ss]tring|str) ?(?==))?',
    `(?:${pairedValue}|:{1,3}=|\\?{1,2}=|(?:\\|\\||\\?\\?)=?(?=${gap}${quote})|=>|[:=]|(?<=["'\`]),|\\]?>(?!=)|(?<=[ \\t])(?:is|was|es|ist|est|to) ?:? |\\xef\\xbc[\\x9a\\x9d]|\\xe6\\x98\\xaf|\\xe3\\x81\\xaf)`,
    `${gap}(?:[bfru@]?${quote})?`,
  ].join(''),
  'y',
);

/** A value on the command line follows its option's name. */
const option = /[\w.-]{0,40}[ \t=]{1,2}(?:\\{0,8}["'`])?/y;

// Full stops, commas and brackets of Chinese and Japanese end a value too.
const value = /(?:(?!\xe3\x80|\xef\xbc|\xef\xbd)[^\s"'`\\,;<>&(){}[\]|\0]){4,512}(?![\w(])/y;

/** A name and what is assigned to it. */
export interface Assigned {
  /** The whole name, as far as it stands in the text: `db.admin_password`. */
  readonly name: string;
  readonly start: number;
  readonly end: number;
  readonly value: string;
  /** True where a sentence says it: `the password is …`, `set the password to …`. */
  readonly isSaid: boolean;
}

/** Longer names are not looked back through. */
const maxName = 40;

/**
 * What is assigned to the name that holds the word at `at`; undefined where nothing is, or a placeholder, or, for a key of
 * an attribute, fewer than `leastValue` bytes: most of such keys are counts of tokens.
 */
export function assignedAt(subject: Subject, at: number, leastValue = 0): Assigned | undefined {
  const { text } = subject;
  const inKey = valueOfKey(subject, at, 64, leastValue);
  const nameAt = nameStart(subject, at);
  const start = inKey >= 0 ? inKey : valueStart(subject, at, nameAt);
  const end = start < 0 ? -1 : matchEnd(value, text, start);
  if (end < 0) return undefined;
  const trimmed = text.slice(start, end).replace(/[.:]+$/, '');
  if (isPlaceholder(trimmed)) return undefined;
  const between = text.slice(at, start);
  if (inKey < 0 && !isAssigning(subject, between, nameAt, end)) return undefined;
  return {
    name: text.slice(nameAt, at) + (/^[\w.-]*/.exec(between)?.[0] ?? ''),
    start,
    end: start + trimmed.length,
    value: trimmed,
    isSaid: inKey < 0 && / (?:is|was|es|ist|est|to) ?:? (?:\\{0,8}["'`])?$/.test(between),
  };
}

/** False where what stands between a name and its value assigns only in other places than this. */
function isAssigning(subject: Subject, between: string, nameAt: number, end: number): boolean {
  if (endsInTo.test(between)) return namesNoOther.test(between) && isSet(subject, nameAt);
  const isListed = /["'`],/.test(between) && !isPaired(between);
  return !isListed || isArgument(subject, nameAt) || isEntry(subject, nameAt, end);
}

const endsInTo = / to ?:? (?:\\{0,8}["'`])?$/;

/** A password's link or manager is another thing; whose password it is, and `back`, may stand before `to`. */
const namesNoOther = /^[\w.-]*(?:\\{0,8}["'`])?\s+(?:(?:for|of|on|in) [\w.-]+ |back )?to\b/;

/** `to` assigns only where a verb says so: a password to a portal is not the portal. */
function isSet(subject: Subject, nameAt: number): boolean {
  return /(?:^|[^a-z])(?:re)?(?:set|chang|updat|rotat|switch)[a-z]{0,4} [\w' ]{0,32}$/i.test(
    textBefore(subject, nameAt, 48),
  );
}

function isPaired(between: string): boolean {
  return /[Vv]alue[^\w]*$/.test(between);
}

/** A comma assigns only between the arguments of a call: `setKey("token", "…")`. */
function isArgument(subject: Subject, nameAt: number): boolean {
  return /\(\s{0,4}\\{0,8}["'`]$/.test(textBefore(subject, nameAt, 16));
}

/** Lists of headers hold pairs: `[["x-api-key", "…"], …]`. */
function isEntry(subject: Subject, nameAt: number, end: number): boolean {
  const isOpen = /[[,]\s{0,4}\[\s{0,4}\\{0,8}["']$/.test(textBefore(subject, nameAt, 16));
  return isOpen && /^\\{0,8}["']\s{0,4}\]/.test(textAfter(subject, end, 16));
}

function valueStart({ bytes, text }: Subject, at: number, nameAt: number): number {
  // No text goes on behind a NUL, and most names are keys.
  if (bytes[nameEnd(bytes, at)] === 0) return -1;
  const start = matchEnd(assignment, text, at);
  if (start >= 0 || bytes[nameAt] !== hyphen) return start;
  return matchEnd(option, text, at);
}

const hyphen = 0x2d;

function nameStart({ bytes }: Subject, at: number): number {
  let start = at;
  while (at - start < maxName && isInName(bytes[start - 1])) start--;
  return start;
}

function nameEnd(bytes: Uint8Array, at: number): number {
  let end = at;
  while (end - at < maxName && isInName(bytes[end])) end++;
  return end;
}

/** ASCII letter or digit, `_`, full stop or hyphen. */
function isInName(byte: number | undefined): boolean {
  return isAlphanumeric(byte) || byte === 0x5f || byte === 0x2e || byte === hyphen;
}

const placeholder =
  /^(?:[$%<{*#@]|process\.|os\.|env\.|config\.|self\.|this\.|req\.|your|my[_-]|example|placeholder|changeme|redacted|insert|\.{3}|null$|none$|true$|false$|undefined$|string$|number$|boolean$|bearer$|required|optional)|x{4}|\*{3}|(.)\1{7}/i;

/** A value shows what it is by so many bytes. */
const showing = 64;

/** True for what stands where a value is to be filled in, or came from: `${PASSWORD}`, `your-key`, `xxxx`. */
export function isPlaceholder(text: string): boolean {
  return placeholder.test(text.slice(0, showing));
}
