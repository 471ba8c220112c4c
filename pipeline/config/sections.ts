import type { DiagnosticCode, Report } from './diagnostic.ts';
import { formatPath, locate, type ConfigNode, type MapNode, type NodePath } from './node.ts';
import { suggest } from './suggest.ts';

/** Keys of the top level. */
const topLevelKeys = [
  'receivers',
  'processors',
  'exporters',
  'connectors',
  'extensions',
  'service',
  'budgets',
  'tests',
] as const;

/** One key of the top level. */
export type Section = (typeof topLevelKeys)[number];

/** The parts of the top level by their right names, with the key as written, for paths in messages. */
export type Sections = ReadonlyMap<
  Section,
  { readonly written: string; readonly node: ConfigNode }
>;

/** Reports an error at a path of the tree. */
export function reportError(
  report: Report,
  root: ConfigNode,
  path: NodePath,
  found: {
    readonly code: DiagnosticCode;
    readonly message: string;
    readonly suggestion?: string | undefined;
  },
): void {
  const { code, message, suggestion } = found;
  report({
    severity: 'error',
    code,
    path: formatPath(path),
    message,
    position: locate(root, path).position,
    ...(suggestion === undefined ? {} : { suggestion }),
  });
}

/**
 * Sorts the top level into its sections. An unknown key is reported; where a section was probably meant, its content is
 * checked as that section, so that the mistake is told once and what is inside is still looked at.
 */
export function splitSections(root: MapNode, report: Report): Sections {
  const sections = new Map<Section, { written: string; node: ConfigNode }>();
  const unknown: string[] = [];
  for (const [key, { value }] of root.entries) {
    if (isSection(key)) sections.set(key, { written: key, node: value });
    else unknown.push(key);
  }
  for (const written of unknown) {
    const free = topLevelKeys.filter((key) => !sections.has(key));
    const suggestion = suggest(written, free) ?? suggest(written, topLevelKeys);
    const known = suggestion === undefined ? ` (known here: ${topLevelKeys.join(', ')})` : '';
    reportError(report, root, [written], {
      code: 'unknown_key',
      message: `unknown key${known}`,
      suggestion,
    });
    const node = root.entries.get(written)?.value;
    if (suggestion === undefined || !isSection(suggestion) || node === undefined) continue;
    if (!sections.has(suggestion)) sections.set(suggestion, { written, node });
  }
  return sections;
}

function isSection(key: string): key is Section {
  return (topLevelKeys as readonly string[]).includes(key);
}
