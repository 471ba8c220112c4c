/** `${body}` in a text, with the references inside the body. */
export interface Reference {
  readonly body: Template;
  /** As written, with its braces. */
  readonly written: string;
}

/** A text cut at its references; `$$` has become `$` in the literal parts. */
export type Template = readonly (string | Reference)[];

/** A place where `${` is not closed, or references nest too deeply. */
export interface TemplateError {
  readonly message: string;
}

/** `${env:${X}}` is of use; more than this is a mistake. */
const maxNesting = 8;

/**
 * Cuts a text at `${…}`. As in the Collector, `$$` is an escaped dollar, and a dollar before anything but `{` or `$` is
 * itself, so `$VAR` is not a reference.
 */
export function parseTemplate(text: string): Template | TemplateError {
  const parsed = parseUntil(text, 0, 0);
  return 'message' in parsed ? parsed : parsed.template;
}

/** True for the error of `parseTemplate`. */
export function isTemplateError(parsed: Template | TemplateError): parsed is TemplateError {
  return 'message' in parsed;
}

interface Parsed {
  readonly template: Template;
  readonly end: number;
}

function parseUntil(text: string, start: number, nesting: number): Parsed | TemplateError {
  if (nesting > maxNesting) return { message: 'references are nested more than 8 deep' };
  const template: (string | Reference)[] = [];
  let literal = '';
  let at = start;
  while (at < text.length && !(nesting > 0 && text[at] === '}')) {
    if (!text.startsWith('${', at)) {
      literal += text[at] ?? '';
      at += text.startsWith('$$', at) ? 2 : 1;
      continue;
    }
    const inner = parseUntil(text, at + 2, nesting + 1);
    if ('message' in inner) return inner;
    if (literal !== '') template.push(literal);
    literal = '';
    template.push({ body: inner.template, written: text.slice(at, inner.end) });
    at = inner.end;
  }
  if (literal !== '') template.push(literal);
  if (nesting === 0) return { template, end: at };
  if (at >= text.length) return { message: '"${" without "}"; write "$${" for the text itself' };
  return { template, end: at + 1 };
}

/** What a reference asks for, once the references inside it are resolved. */
export type ReferenceTarget =
  | { readonly kind: 'env'; readonly name: string; readonly fallback: string | undefined }
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'invalid'; readonly message: string };

/** Reads the body of a reference: `env:NAME`, `NAME`, either with `:-default`, or `file:path`. */
export function parseReferenceBody(body: string): ReferenceTarget {
  if (body.startsWith('file:')) return { kind: 'file', path: body.slice('file:'.length) };
  const variable = /^(?:env:)?([^:]*)(?::-([^]*))?$/.exec(body);
  const [, name = '', fallback] = variable ?? [];
  if (variable === null) {
    const [scheme = ''] = body.split(':', 1);
    return { kind: 'invalid', message: `"${scheme}:" is not known; use \${env:…} or \${file:…}` };
  }
  if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) return { kind: 'env', name, fallback };
  const message = 'is no name of a variable; use ${env:NAME} or ${env:NAME:-default}';
  return { kind: 'invalid', message: name === '' ? `an empty reference ${message}` : message };
}
