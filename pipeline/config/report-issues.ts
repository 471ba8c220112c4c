import { toNodePath, type SchemaIssue } from './conform.ts';
import { describeIssue, worstBranch } from './describe-issue.ts';
import type { Report } from './diagnostic.ts';
import { formatPath, locate, type ConfigNode, type NodePath } from './node.ts';
import {
  alternatives,
  pathsOfProperty,
  propertiesOf,
  schemasAt,
  type JsonSchema,
} from './schema-walk.ts';
import { isSensitivePath } from './sensitive.ts';
import { suggest } from './suggest.ts';

/** What the issues are about. */
export interface CheckedPart {
  readonly node: ConfigNode;
  /** Where the part stands in the whole configuration. */
  readonly path: NodePath;
  readonly schema: JsonSchema;
}

/** Turns zod's issues into diagnostics that point into the sources; what follows from a mistyped key is left out. */
export function reportIssues(
  issues: readonly SchemaIssue[],
  part: CheckedPart,
  report: Report,
): void {
  const flat = issues.map(worstBranch);
  const meant = new Set<string>();
  for (const issue of flat) {
    if (issue.code !== 'unrecognized_keys') continue;
    for (const key of issue.keys) {
      const path = [...toNodePath(issue.path), key];
      const suggestion = reportUnknownKey(path, part, report);
      if (suggestion !== undefined) meant.add(JSON.stringify([...path.slice(0, -1), suggestion]));
      for (const [first] of pathsOfProperty(part.schema, key)) meant.add(JSON.stringify([first]));
    }
  }
  for (const issue of flat) {
    if (issue.code === 'unrecognized_keys') continue;
    const isMissing = locate(part.node, toNodePath(issue.path)).node === undefined;
    if (isMissing && meant.has(JSON.stringify(issue.path))) continue;
    reportIssue(issue, part, report);
  }
}

function reportUnknownKey(path: NodePath, part: CheckedPart, report: Report): string | undefined {
  const parent = path.slice(0, -1);
  const key = String(path.at(-1));
  const siblings = locate(part.node, parent).node;
  const schemas = schemasAt(part.schema, parent);
  const known = schemas.flatMap((schema) => Object.keys(propertiesOf(schema)));
  const free = known.filter((name) => siblings?.kind !== 'map' || !siblings.entries.has(name));
  const suggestion = suggest(key, free) ?? suggest(key, known);
  report({
    severity: 'error',
    code: 'unknown_key',
    path: formatPath([...part.path, ...path]),
    message: suggestion === undefined ? unknownKey(key, part.schema, known) : 'unknown key',
    position: locate(part.node, path).position,
    ...(suggestion === undefined ? {} : { suggestion }),
  });
  return suggestion;
}

const maxListed = 14;

const keysOfPipelines: ReadonlySet<string> = new Set(['receivers', 'processors', 'exporters']);

/** A key that is known elsewhere in the component stands in the wrong place, mostly one level off. */
function unknownKey(key: string, schema: JsonSchema, known: readonly string[]): string {
  if (known.includes('pipelines') && keysOfPipelines.has(key)) {
    return 'unknown key here; it belongs in a pipeline, such as "pipelines.traces"';
  }
  const places = pathsOfProperty(schema, key)
    .slice(0, 2)
    .map((path) => (path.length === 0 ? 'the component itself' : `"${path.join('.')}"`));
  if (places.length > 0) return `unknown key here; it belongs under ${places.join(' or ')}`;
  if (known.length === 0) return 'unknown key; no keys are known here';
  const listed = [...new Set(known)].slice(0, maxListed).join(', ');
  return `unknown key (known here: ${listed}${known.length > maxListed ? ', …' : ''})`;
}

function reportIssue(issue: SchemaIssue, part: CheckedPart, report: Report): void {
  const path = toNodePath(issue.path);
  const { node, position } = locate(part.node, path);
  if (node?.failed === true) return;
  const { code, message, suggestion } = describeIssue(issue, {
    node,
    schemas: schemasAt(part.schema, path).flatMap(alternatives),
    isSensitive: isSensitivePath(part.schema, path),
  });
  report({
    severity: 'error',
    code,
    path: formatPath([...part.path, ...path]),
    message,
    position: node?.kind === 'scalar' && node.value !== null ? node.position : position,
    ...(suggestion === undefined ? {} : { suggestion }),
  });
}
