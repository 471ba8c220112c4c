import type { ReferenceContext } from './check-pipelines.ts';
import type { PipelineSpec } from './config.ts';
import { isExporterFactory, isSettingFactory } from './factory-kind.ts';
import { componentKinds, type ComponentKind } from './foreign-components.ts';
import { formatPath, locate, type ConfigNode, type MapNode, type NodePath } from './node.ts';
import { schemasAt, toInputSchema, type JsonSchema } from './schema-walk.ts';
import { serviceSchema } from './service-schema.ts';
import type { DiagnosticCode, Report } from './diagnostic.ts';

/** Says what a reader of the Collector's documentation would not expect: settings that moved, keys without effect, components that nothing uses. */
export function addNotes(
  pipelines: readonly PipelineSpec[],
  extensions: readonly string[],
  context: ReferenceContext,
): void {
  const { root, report, components } = context;
  noteSettings(pipelines, context);
  noteUnused(pipelines, extensions, context);
  passOnAdvice(context);
  noteDelivery(context);
  for (const kind of componentKinds) {
    for (const [id, { node, factory }] of components.known[kind]) {
      noteIneffective(node, toInputSchema(factory.schema), [kind, id], { root, report });
    }
  }
  const service = locate(root, [context.service]).node;
  if (service === undefined) return;
  noteIneffective(service, toInputSchema(serviceSchema), [context.service], { root, report });
}

interface NoteContext {
  readonly root: MapNode;
  readonly report: Report;
}

function note(
  { root, report }: NoteContext,
  path: NodePath,
  code: DiagnosticCode,
  message: string,
): void {
  const { position } = locate(root, path);
  report({ severity: 'info', code, path: formatPath(path), message, position });
}

function noteSettings(pipelines: readonly PipelineSpec[], context: ReferenceContext): void {
  for (const [id, { factory }] of context.components.known.processors) {
    if (!isSettingFactory(factory)) continue;
    if (!pipelines.some((pipeline) => pipeline.processors.includes(id))) continue;
    note(context, ['processors', id], 'engine_setting', factory.note);
  }
}

function noteDelivery(context: ReferenceContext): void {
  for (const [id, { factory, spec, output }] of context.components.known.exporters) {
    if (!isExporterFactory(factory) || output === undefined) continue;
    for (const message of factory.delivery(spec.raw).notes) {
      note(context, ['exporters', id], 'engine_setting', message);
    }
  }
}

function passOnAdvice({ components, root, report }: ReferenceContext): void {
  for (const [id, { spec, factory, output }] of components.known.processors) {
    if (factory.kind !== 'processor' || output === undefined) continue;
    for (const { path, message } of factory.advise(spec.raw)) {
      const full = ['processors', id, ...path];
      const { node, position: ofKey } = locate(root, full);
      const position = node?.kind === 'scalar' ? node.position : ofKey;
      const code = 'suspicious_value';
      report({ severity: 'warning', code, path: formatPath(full), message, position });
    }
  }
}

function noteUnused(
  pipelines: readonly PipelineSpec[],
  extensions: readonly string[],
  context: ReferenceContext,
): void {
  for (const kind of componentKinds) {
    for (const id of context.components.known[kind].keys()) {
      if (isUsed(kind, id, pipelines, extensions)) continue;
      const by =
        kind === 'extensions' ? 'service.extensions does not start it' : 'no pipeline uses it';
      note(context, [kind, id], 'unused_component', `${by}; it is checked and not built`);
    }
  }
}

function isUsed(
  kind: ComponentKind,
  id: string,
  pipelines: readonly PipelineSpec[],
  extensions: readonly string[],
): boolean {
  if (kind === 'extensions') return extensions.includes(id);
  const roles = kind === 'connectors' ? (['receivers', 'exporters'] as const) : [kind];
  return pipelines.some((pipeline) => roles.some((role) => pipeline[role].includes(id)));
}

/** A key whose description begins so is read for the sake of existing files only. */
const acceptedOnly = /^Accepted (?:as in the Collector|for the Collector|without effect)/;

function noteIneffective(
  node: ConfigNode,
  schema: JsonSchema,
  path: NodePath,
  context: NoteContext,
): void {
  if (node.kind !== 'map') return;
  for (const [key, { value }] of node.entries) {
    const schemas = schemasAt(schema, [key]);
    const description = schemas.map((part) => part['description']).find(isAccepted);
    if (description !== undefined)
      note(context, [...path, key], 'no_effect', lowerFirst(description));
    else for (const part of schemas) noteIneffective(value, part, [...path, key], context);
  }
}

function isAccepted(description: unknown): description is string {
  return typeof description === 'string' && acceptedOnly.test(description);
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1).replace(/\.$/, '');
}
