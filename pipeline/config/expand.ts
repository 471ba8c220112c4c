import { resolve } from 'node:path';
import type { Diagnostic, Report } from './diagnostic.ts';
import { formatPath, placeAt, type ConfigNode, type NodePath, type ScalarNode } from './node.ts';
import { parseYaml } from './parse.ts';
import {
  isTemplateError,
  parseReferenceBody,
  parseTemplate,
  type Reference,
  type Template,
} from './reference.ts';
import { readTextFile, type SourceText } from './source.ts';
import { suggest } from './suggest.ts';

/** What references are resolved against. */
export interface ExpandContext {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Relative `${file:…}` paths start here. */
  readonly cwd: string;
  readonly report: Report;
  /** Told of each YAML file that becomes part of the tree, so that diagnostics can show its lines. */
  onSource(source: SourceText): void;
}

/** Files may refer to files; more than this is a circle. */
const maxFileNesting = 8;

/**
 * Resolves `${env:NAME}`, `${NAME}`, `${env:NAME:-default}` and `${file:path}` in every scalar of the tree, so that a
 * value can never change the structure around it. A scalar that is one reference is parsed as YAML and keeps its text
 * for keys that want a string; in the midst of other text the value goes in as it is. What a variable holds is data: it
 * is not searched for references again; a map or list that a file holds is.
 */
export function expandReferences(root: ConfigNode, context: ExpandContext): ConfigNode {
  return expandNode(root, [], { ...context, fileNesting: 0 });
}

interface NestedContext extends ExpandContext {
  readonly fileNesting: number;
}

function expandNode(node: ConfigNode, path: NodePath, context: NestedContext): ConfigNode {
  if (node.kind === 'scalar') return expandScalar(node, path, context);
  if (node.kind === 'list') {
    const items = node.items.map((item, index) => expandNode(item, [...path, index], context));
    return { ...node, items };
  }
  const entries = [...node.entries].map(([key, { position, value }]) => {
    return [key, { position, value: expandNode(value, [...path, key], context) }] as const;
  });
  return { ...node, entries: new Map(entries) };
}

function expandScalar(node: ScalarNode, path: NodePath, context: NestedContext): ConfigNode {
  if (typeof node.value !== 'string' || !node.value.includes('$')) return node;
  const template = parseTemplate(node.value);
  const resolver = createResolver(node, path, context);
  if (isTemplateError(template)) {
    resolver.fail('invalid_reference', template.message);
    return { ...node, failed: true };
  }
  const [first, ...rest] = template;
  if (first === undefined) return node;
  if (rest.length === 0 && typeof first !== 'string') return resolver.whole(first);
  const text = resolver.inline(template);
  const hasReference = template.some((part) => typeof part !== 'string');
  const reference = hasReference ? { reference: node.value } : {};
  if (text === undefined) return { ...node, ...reference, failed: true };
  return { ...node, value: text, ...reference };
}

interface Resolver {
  /** The value of a scalar that is one reference. */
  whole(reference: Reference): ConfigNode;
  /** The text of a template; undefined where a reference in it failed. */
  inline(template: Template): string | undefined;
  fail(
    code: 'invalid_reference' | 'unset_variable' | 'unreadable_file',
    message: string,
    suggestion?: string,
  ): void;
}

interface Resolved {
  readonly text: string;
  /** Absolute, where the text is a file's. */
  readonly file?: string;
}

function createResolver(node: ScalarNode, path: NodePath, context: NestedContext): Resolver {
  const fail: Resolver['fail'] = (code, message, suggestion) => {
    context.report({
      severity: 'error',
      code,
      path: formatPath(path),
      message,
      position: node.position,
      ...(suggestion === undefined ? {} : { suggestion }),
    });
  };

  const inline = (template: Template): string | undefined => {
    const parts = template.map((part) =>
      typeof part === 'string' ? part : resolveReference(part)?.text,
    );
    return parts.includes(undefined) ? undefined : parts.join('');
  };

  const resolveReference = (reference: Reference): Resolved | undefined => {
    const body = inline(reference.body);
    if (body === undefined) return undefined;
    const target = parseReferenceBody(body);
    if (target.kind === 'file') return readReferenced(target.path, reference);
    if (target.kind === 'env') return readVariable(target, reference);
    fail('invalid_reference', `${reference.written}: ${target.message}`);
    return undefined;
  };

  const readVariable = (
    target: { readonly name: string; readonly fallback: string | undefined },
    reference: Reference,
  ): Resolved | undefined => {
    const text = context.env[target.name] ?? target.fallback;
    if (text !== undefined) return { text };
    const known = suggest(target.name, Object.keys(context.env));
    const default_ = `give a default with \${env:${target.name}:-…}`;
    const message = `${reference.written}: the environment variable ${target.name} is not set; ${default_}`;
    fail('unset_variable', message, known);
    return undefined;
  };

  const readReferenced = (name: string, reference: Reference): Resolved | undefined => {
    const file = resolve(context.cwd, name);
    const read = readTextFile(file);
    if (read.ok) return { text: read.text.replace(/\r?\n$/, ''), file };
    fail('unreadable_file', `${reference.written}: ${name} ${read.message}`);
    return undefined;
  };

  const whole = (reference: Reference): ConfigNode => {
    const resolved = resolveReference(reference);
    if (resolved === undefined) return failed(node, reference);
    if (resolved.file === undefined) return valueOf(resolved.text, node, reference);
    if (context.fileNesting >= maxFileNesting) {
      fail('invalid_reference', `${reference.written}: files refer to each other in a circle`);
      return failed(node, reference);
    }
    const included = includeFile(resolved.text, resolved.file, { node, reference, context });
    const nested = { ...context, fileNesting: context.fileNesting + 1 };
    return included.kind === 'scalar' ? included : expandNode(included, path, nested);
  };

  return { whole, inline, fail };
}

/** Stands where a reference failed: reported already, so it must not lead to a second error. */
function failed(node: ScalarNode, reference: Reference): ConfigNode {
  return { ...node, reference: reference.written, failed: true };
}

function valueOf(text: string, node: ScalarNode, reference: Reference): ConfigNode {
  const origin = { position: node.position, reference: reference.written };
  const value = parseQuietly({ name: node.position.file, text });
  const isText = value === undefined || (value.kind === 'scalar' && isString(value));
  if (isText) return { kind: 'scalar', value: text, text, ...origin };
  return { ...placeAt(value, origin), text };
}

function isString(node: ScalarNode): boolean {
  return typeof node.value === 'string';
}

/** YAML files keep their own positions; the content of any other file may be a secret, and its lines are never shown. */
function includeFile(
  text: string,
  file: string,
  from: {
    readonly node: ScalarNode;
    readonly reference: Reference;
    readonly context: NestedContext;
  },
): ConfigNode {
  if (!/\.ya?ml$/.test(file)) return valueOf(text, from.node, from.reference);
  const source = { name: file, text };
  from.context.onSource(source);
  const value = parseYaml(source, from.context.report, true);
  if (value === undefined) return failed(from.node, from.reference);
  return { ...value, text };
}

function parseQuietly(source: SourceText): ConfigNode | undefined {
  const errors: Diagnostic[] = [];
  const value = parseYaml(source, (error) => errors.push(error), true);
  return errors.length === 0 ? value : undefined;
}
