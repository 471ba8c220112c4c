import type { SchemaIssue } from './conform.ts';
import type { DiagnosticCode } from './diagnostic.ts';
import { describeNode, isNull, type ConfigNode } from './node.ts';
import type { JsonSchema } from './schema-walk.ts';
import { redacted, redactUrls } from './sensitive.ts';
import { suggest } from './suggest.ts';

/** What is known of the place of an issue. */
export interface IssuePlace {
  /** Undefined where the key is absent. */
  readonly node: ConfigNode | undefined;
  readonly schemas: readonly JsonSchema[];
  /** The value must not be shown. */
  readonly isSensitive: boolean;
}

/** An issue in a user's words. */
export interface IssueText {
  readonly code: DiagnosticCode;
  readonly message: string;
  readonly suggestion?: string;
}

/** Puts an issue of zod into words that name what was found and what is wanted; never a secret. */
export function describeIssue(issue: SchemaIssue, place: IssuePlace): IssueText {
  const { node } = place;
  if (node === undefined || (isNull(node) && issue.code === 'invalid_type')) {
    return { code: 'missing_key', message: missingKey(issue, place.schemas) };
  }
  const isZodsOwn = issue.message === '' || zodsOwnMessage.test(issue.message);
  return isZodsOwn ? describeBuiltIn(issue, node, place) : invalid(issue.message, place);
}

function describeBuiltIn(issue: SchemaIssue, node: ConfigNode, place: IssuePlace): IssueText {
  switch (issue.code) {
    case 'invalid_type':
      return wrongType(describeExpected(issue.expected), node, place);
    case 'invalid_union':
      return describeUnion(issue, node, place);
    case 'invalid_value':
      return notOneOf(issue.values.map(String), node, place);
    case 'too_small':
      return invalid(tooSmall(issue), place);
    case 'too_big':
      return invalid(tooBig(issue), place);
    case 'invalid_format':
      return invalid(`${shown(node, place)} is no valid ${formatName(issue)}`, place);
    case 'invalid_key':
      return invalid(issue.issues[0]?.message ?? issue.message, place);
    case 'custom':
    case 'invalid_element':
    case 'not_multiple_of':
    case 'unrecognized_keys':
      return invalid(issue.message, place);
  }
}

/** How zod's default messages begin; others were written for the key, and say more than any general words. */
const zodsOwnMessage = /^(?:Invalid |Too |Unrecognized |Not a multiple)/;

/** Of a union that nothing fits, the branch that came furthest speaks for the whole. */
export function worstBranch(issue: SchemaIssue): SchemaIssue {
  if (issue.code !== 'invalid_union') return issue;
  const deep = issue.errors
    .flatMap((branch) => (branch.length === 1 ? branch : branch.slice(0, 1)))
    .map((nested) => worstBranch({ ...nested, path: [...issue.path, ...nested.path] }))
    .filter((nested) => nested.path.length > issue.path.length || nested.code === 'custom');
  return deep.sort((a, b) => b.path.length - a.path.length)[0] ?? issue;
}

function missingKey(issue: SchemaIssue, schemas: readonly JsonSchema[]): string {
  if (issue.code === 'custom') return issue.message;
  const description = schemas.map((schema) => schema['description']).find(isText);
  const options = issue.code === 'invalid_value' ? `: one of ${issue.values.join(', ')}` : '';
  const help = description === undefined ? '' : ` (${description.replace(/\.$/, '')})`;
  return `this key is required${options}${help}`;
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

const expectedNames: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'a map',
  record: 'a map',
  map: 'a map',
  array: 'a list',
};

function describeExpected(expected: string): string {
  return expectedNames[expected] ?? expected;
}

function wrongType(expected: string, node: ConfigNode, place: IssuePlace): IssueText {
  const code = 'wrong_type';
  const text = node.kind === 'scalar' && typeof node.value === 'string' ? node.value : undefined;
  const glued = /^([A-Za-z_]\w*):\S/.exec(text ?? '')?.[1];
  if (expected === 'a map' && glued !== undefined && node.reference === undefined) {
    return { code, message: `expected a map; a space is missing after "${glued}:"` };
  }
  const message = `expected ${expected}, found ${foundIn(node)}`;
  const isListItem = expected === 'a list' && text !== undefined && isShowable(node, place);
  return { code, message, ...(isListItem ? { suggestion: `[${text}]` } : {}) };
}

function foundIn(node: ConfigNode): string {
  const from = node.reference === undefined ? '' : ` from ${node.reference}`;
  if (node.kind === 'scalar' && node.value === '') return `empty text${from}`;
  if (from === '' && node.kind === 'scalar' && typeof node.value === 'number') {
    return Number.isInteger(node.value) ? 'a number' : 'a number with a fraction';
  }
  return `${describeNode(node)}${from}`;
}

function describeUnion(
  issue: Extract<SchemaIssue, { code: 'invalid_union' }>,
  node: ConfigNode,
  place: IssuePlace,
): IssueText {
  if ('options' in issue && Array.isArray(issue.options)) {
    return notOneOf(issue.options.map(String), node, place);
  }
  const first = issue.errors.flatMap((branch) => branch.slice(0, 1));
  const options = first.flatMap((nested) =>
    nested.code === 'invalid_value' ? nested.values.map(String) : [],
  );
  const types = first.flatMap((nested) =>
    nested.code === 'invalid_type' ? [describeExpected(nested.expected)] : [],
  );
  const expected = [...new Set([...types, ...options])];
  if (expected.length > 0) return wrongType(expected.join(' or '), node, place);
  const [nested] = first;
  return nested === undefined ? invalid(issue.message, place) : describeIssue(nested, place);
}

function notOneOf(options: readonly string[], node: ConfigNode, place: IssuePlace): IssueText {
  const text = node.text ?? (node.kind === 'scalar' ? String(node.value) : '');
  const suggestion = isShowable(node, place) ? suggest(text, options) : undefined;
  const wanted =
    options.length === 1 ? (options[0] ?? '') : `one of ${options.map(option).join(', ')}`;
  return {
    code: 'invalid_value',
    message: `${shown(node, place)} must be ${wanted}`,
    ...(suggestion === undefined ? {} : { suggestion }),
  };
}

/** An option that is the empty text has to be seen. */
function option(text: string): string {
  return text === '' ? '""' : text;
}

function tooSmall(issue: Extract<SchemaIssue, { code: 'too_small' }>): string {
  const isOne = issue.minimum === 1 || issue.minimum === 1n;
  if (isOne && issue.origin !== 'number' && issue.origin !== 'int') return 'must not be empty';
  const relation = issue.inclusive === false ? 'more than' : 'at least';
  return `must be ${relation} ${String(issue.minimum)}${unitOf(issue.origin)}`;
}

function tooBig(issue: Extract<SchemaIssue, { code: 'too_big' }>): string {
  return `must be at most ${String(issue.maximum)}${unitOf(issue.origin)}`;
}

function unitOf(origin: string): string {
  const units: Readonly<Record<string, string>> = { string: ' characters', array: ' entries' };
  return units[origin] ?? '';
}

function formatName(issue: Extract<SchemaIssue, { code: 'invalid_format' }>): string {
  if (issue.format === 'regex') return `value: it must match ${String(issue.pattern)}`;
  return issue.format === 'url' ? 'URL' : issue.format;
}

/** The value in quotes where it may be shown, else what it came from. */
function shown(node: ConfigNode, place: IssuePlace): string {
  if (node.reference !== undefined) return `the value of ${node.reference}`;
  if (!isShowable(node, place)) return 'the value';
  return `"${redactUrls(plainText(node))}"`;
}

function isShowable(node: ConfigNode, place: IssuePlace): boolean {
  return node.reference === undefined && !place.isSensitive && plainText(node).length <= 100;
}

function plainText(node: ConfigNode): string {
  if (node.text !== undefined) return node.text;
  return node.kind === 'scalar' ? String(node.value) : '';
}

/** Messages of the schemas' own checks may quote the value; where that may not be shown, its name takes its place. */
function invalid(message: string, place: IssuePlace): IssueText {
  const { node } = place;
  const text = node === undefined ? '' : plainText(node);
  const code = 'invalid_value';
  if (node === undefined || text === '') return { code, message };
  if (isShowable(node, place)) return { code, message: redactUrls(message) };
  const instead = node.reference ?? redacted;
  const quoted = message.replaceAll(`"${text}"`, instead);
  const isWord = place.isSensitive || text.length >= minSecretLength;
  return { code, message: isWord ? quoted.replaceAll(text, instead) : quoted };
}

/** Shorter values of variables, such as `5`, occur in messages by chance. */
const minSecretLength = 4;
