import type { z } from 'zod';
import { schemasAt, toInputSchema, type JsonSchema } from './schema-walk.ts';
import { locate, type ConfigNode, type NodePath } from './node.ts';

/** One finding of zod. */
export type SchemaIssue = z.core.$ZodIssue;

/** A tree held against a schema. */
export type Conformed =
  | { readonly ok: true; readonly raw: unknown; readonly output: unknown }
  | { readonly ok: false; readonly raw: unknown; readonly issues: readonly SchemaIssue[] };

/**
 * What the Collector's decoding does for the sake of the target's type: a key that wants a string gets the text of a value
 * as it was written (`0123`, `1.10`), and a key without a value is an empty map or list where that is wanted, and else
 * as if it were absent.
 */
type Repair = 'text' | 'empty_map' | 'empty_list' | 'absent';

/** A repair may bring to light what needs the next one; nothing real needs more rounds than levels. */
const maxRounds = 16;

/** Parses the data of a tree with a schema, `raw` being the data that the schema accepted or the last that it refused. */
export function conform(schema: z.ZodType, root: ConfigNode): Conformed {
  const repairs = new Map<string, Repair>();
  addNullMaps(repairs, root, [], toInputSchema(schema));
  for (let round = 0; ; round += 1) {
    const raw = toData(root, [], repairs);
    const parsed = schema.safeParse(raw);
    if (parsed.success) return { ok: true, raw, output: parsed.data };
    const known = repairs.size;
    for (const issue of flatIssues(parsed.error.issues)) addRepair(repairs, root, issue);
    if (repairs.size === known || round === maxRounds) {
      return { ok: false, raw, issues: parsed.error.issues };
    }
  }
}

/** `grpc:` is the block with its defaults, also where the schema would take null. */
function addNullMaps(
  repairs: Map<string, Repair>,
  node: ConfigNode,
  path: NodePath,
  schema: JsonSchema,
): void {
  if (node.kind === 'scalar' && node.value === null) {
    const isMap = schemasAt(schema, path).some((part) => part['type'] === 'object');
    if (isMap) repairs.set(keyOf(path), 'empty_map');
  }
  if (node.kind === 'map') {
    for (const [key, { value }] of node.entries)
      addNullMaps(repairs, value, [...path, key], schema);
  }
}

/** Plain data of a tree, without regard to a schema. */
export function toPlainData(root: ConfigNode): unknown {
  return toData(root, [], new Map());
}

function keyOf(path: NodePath): string {
  return JSON.stringify(path);
}

function toData(node: ConfigNode, path: NodePath, repairs: ReadonlyMap<string, Repair>): unknown {
  const repair = repairs.get(keyOf(path));
  if (repair === 'text') return node.text;
  if (repair === 'empty_map') return {};
  if (repair === 'empty_list') return [];
  if (node.kind === 'scalar') return node.value;
  if (node.kind === 'list') {
    return node.items.map((item, index) => toData(item, [...path, index], repairs));
  }
  const entries = [...node.entries]
    .filter(([key]) => repairs.get(keyOf([...path, key])) !== 'absent')
    .map(([key, { value }]) => [key, toData(value, [...path, key], repairs)] as const);
  return Object.fromEntries(entries);
}

/** The issues of all branches of unions, with whole paths. */
function flatIssues(issues: readonly SchemaIssue[], prefix: NodePath = []): SchemaIssue[] {
  return issues.flatMap((issue) => {
    const path = [...prefix, ...toNodePath(issue.path)];
    if (issue.code !== 'invalid_union' || issue.errors.length === 0) return [{ ...issue, path }];
    return issue.errors.flatMap((branch) => flatIssues(branch, path));
  });
}

/** Keys of YAML maps are never symbols. */
export function toNodePath(path: readonly PropertyKey[]): NodePath {
  return path.map((step) => (typeof step === 'symbol' ? String(step) : step));
}

function addRepair(repairs: Map<string, Repair>, root: ConfigNode, issue: SchemaIssue): void {
  const path = toNodePath(issue.path);
  const { node } = locate(root, path);
  if (node === undefined || repairs.has(keyOf(path))) return;
  const repair = repairFor(node, issue, path);
  if (repair !== undefined) repairs.set(keyOf(path), repair);
}

function repairFor(node: ConfigNode, issue: SchemaIssue, path: NodePath): Repair | undefined {
  const isString = node.kind === 'scalar' && typeof node.value === 'string';
  if (wantsString(issue) && node.text !== undefined && !isString) return 'text';
  if (node.kind !== 'scalar' || (node.value !== null && node.value !== '')) return undefined;
  if (node.value === '' && node.reference === undefined) return undefined;
  if (issue.code !== 'invalid_type') return undefined;
  if (issue.expected === 'object' || issue.expected === 'record') return 'empty_map';
  if (issue.expected === 'array') return 'empty_list';
  return typeof path.at(-1) === 'string' ? 'absent' : undefined;
}

function wantsString(issue: SchemaIssue): boolean {
  if (issue.code === 'invalid_type') return issue.expected === 'string';
  return issue.code === 'invalid_value' && issue.values.some((value) => typeof value === 'string');
}
