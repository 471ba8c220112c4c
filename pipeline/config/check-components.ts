import type { Factories, Factory, TypeNames } from '../component/registry.ts';
import { parseComponentId } from './component-id.ts';
import type { ComponentSpec, SourcePosition } from './config.ts';
import { conform } from './conform.ts';
import type { Report } from './diagnostic.ts';
import {
  componentKinds,
  explainForeignType,
  singular,
  type ComponentKind,
} from './foreign-components.ts';
import { describeNode, isNull, type ConfigNode, type MapEntry, type MapNode } from './node.ts';
import { reportIssues } from './report-issues.ts';
import { toInputSchema } from './schema-walk.ts';
import { reportError, type Sections } from './sections.ts';
import { suggest } from './suggest.ts';

/** A component whose id and type are right; `output` is what its schema made of it, undefined where it refused it. */
export interface CheckedComponent {
  readonly kind: ComponentKind;
  readonly spec: ComponentSpec;
  readonly factory: Factory;
  readonly node: ConfigNode;
  readonly output: unknown;
}

/** What became of the component sections. */
export interface CheckedComponents {
  /** The components that are in order, or wrong only inside, by section and id. */
  readonly known: Readonly<Record<ComponentKind, ReadonlyMap<string, CheckedComponent>>>;
  /** Every id that is written, so that a reference to a faulty component is no second error. */
  readonly written: Readonly<Record<ComponentKind, ReadonlyMap<string, SourcePosition>>>;
  /** Sections that are no maps, so that nothing is known about what they meant to hold. */
  readonly unreadable: ReadonlySet<ComponentKind>;
}

/** What a configuration is checked against. */
export interface Build {
  /** All component types there are. */
  readonly types: TypeNames;
  /** Those that the configuration names, loaded. */
  readonly factories: Factories;
}

/** The component types that the sections name, whether they exist or not. */
export function typesNamedIn(sections: Sections): TypeNames {
  const typesIn = (kind: ComponentKind): readonly string[] => {
    const node = sections.get(kind)?.node;
    if (node?.kind !== 'map') return [];
    return [...node.entries.keys()].flatMap((id) => parseComponentId(id)?.type ?? []);
  };
  return {
    receivers: typesIn('receivers'),
    processors: typesIn('processors'),
    exporters: typesIn('exporters'),
    connectors: typesIn('connectors'),
    extensions: typesIn('extensions'),
  };
}

/** Checks every component against the schema of its type, whether a pipeline uses it or not. */
export function checkComponents(
  root: MapNode,
  sections: Sections,
  build: Build,
  report: Report,
): CheckedComponents {
  const known = emptySections<CheckedComponent>();
  const written = emptySections<SourcePosition>();
  const unreadable = new Set<ComponentKind>();
  for (const kind of componentKinds) {
    const section = sections.get(kind);
    if (section === undefined || isNull(section.node)) continue;
    if (section.node.kind !== 'map') {
      unreadable.add(kind);
      const found = describeNode(section.node);
      const message = `expected a map of components by id, found ${found}`;
      reportError(report, root, [section.written], { code: 'wrong_type', message });
      continue;
    }
    for (const [id, entry] of section.node.entries) {
      written[kind].set(id, entry.position);
      const place = { kind, section: section.written, id, entry };
      const checked = checkComponent(root, place, build, report);
      if (checked !== undefined) known[kind].set(id, checked);
    }
  }
  return { known, written, unreadable };
}

function emptySections<T>(): Record<ComponentKind, Map<string, T>> {
  return {
    receivers: new Map(),
    processors: new Map(),
    exporters: new Map(),
    connectors: new Map(),
    extensions: new Map(),
  };
}

interface ComponentPlace {
  readonly kind: ComponentKind;
  /** The key of the section as written. */
  readonly section: string;
  readonly id: string;
  readonly entry: MapEntry;
}

function checkComponent(
  root: MapNode,
  place: ComponentPlace,
  { factories, types }: Build,
  report: Report,
): CheckedComponent | undefined {
  const { kind, id, entry, section } = place;
  const path = [section, id];
  const parsed = parseComponentId(id);
  if (parsed === undefined) {
    const message = `"${id}" is no component id; it must be "type" or "type/name" without spaces`;
    reportError(report, root, path, { code: 'invalid_id', message });
    return undefined;
  }
  const factory = factories[kind].get(parsed.type);
  if (factory === undefined) {
    const found = {
      code: 'unknown_type',
      ...explainUnknownType(kind, parsed.type, types),
    } as const;
    reportError(report, root, path, found);
    return undefined;
  }
  const node = asMap(entry);
  const conformed = conform(factory.schema, node);
  if (!conformed.ok) {
    reportIssues(conformed.issues, { node, path, schema: toInputSchema(factory.schema) }, report);
  }
  const spec = { id, type: factory.type, raw: conformed.raw, position: entry.position };
  const output = conformed.ok ? conformed.output : undefined;
  return { kind, spec, factory, node, output };
}

/** `otlp:` without a value is the component with its defaults. */
function asMap(entry: MapEntry): ConfigNode {
  if (!isNull(entry.value)) return { ...entry.value, position: entry.position };
  return { kind: 'map', entries: new Map(), position: entry.position };
}

function explainUnknownType(
  kind: ComponentKind,
  type: string,
  types: TypeNames,
): { readonly message: string; readonly suggestion?: string | undefined } {
  const explained = explainForeignType(kind, type);
  if (explained !== undefined) return { message: explained };
  const elsewhere = componentKinds.find((other) => types[other].includes(type));
  if (elsewhere !== undefined) {
    return {
      message: `"${type}" is ${article(elsewhere)} ${singular(elsewhere)}; it belongs under "${elsewhere}"`,
    };
  }
  const suggestion = suggest(type, types[kind]);
  const valid = [...types[kind]].sort().join(', ');
  const known = suggestion === undefined ? ` (this build has: ${valid})` : '';
  return { message: `unknown ${singular(kind)} type "${type}"${known}`, suggestion };
}

function article(kind: ComponentKind): string {
  return kind.startsWith('e') ? 'an' : 'a';
}
