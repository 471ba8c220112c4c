import type { ReferenceContext } from './check-pipelines.ts';
import { parseComponentId } from './component-id.ts';
import type { PipelineSpec } from './config.ts';
import { isExporterFactory } from './factory-kind.ts';
import { locate } from './node.ts';
import { reportError } from './sections.ts';
import { suggest } from './suggest.ts';

/** Checks that `service.extensions` names extensions that exist; gives those to start. */
export function checkExtensions(context: ReferenceContext): string[] {
  const path = [context.service, 'extensions'];
  const { node } = locate(context.root, path);
  const items = node?.kind === 'list' ? node.items : [];
  const ids = items.map((item) => (item.kind === 'scalar' ? String(item.value) : ''));
  ids.forEach((id, index) => {
    if (ids.indexOf(id) < index) {
      const message = `"${id}" occurs twice in this list`;
      reportError(context.report, context.root, [...path, index], {
        code: 'duplicate_reference',
        message,
      });
    } else checkExtension(id, [...path, index], context);
  });
  return ids;
}

function checkExtension(
  id: string,
  path: readonly (string | number)[],
  { root, report, components, registry }: ReferenceContext,
): void {
  const { extensions } = components.written;
  if (id === '' || extensions.has(id) || components.unreadable.has('extensions')) return;
  const suggestion = suggest(id, extensions.keys());
  const { extensions: types } = registry.types;
  const type = types.includes(id) ? id : suggest(id, types);
  const mend =
    suggestion === undefined && type !== undefined ? `; add "${type}:" under "extensions"` : '';
  const message = `extension "${id}" is not configured${mend}`;
  reportError(report, root, path, { code: 'undefined_component', message, suggestion });
}

/** Checks that what exporters of pipelines cannot run without is among the extensions that are started. */
export function checkNeeds(
  pipelines: readonly PipelineSpec[],
  enabled: readonly string[],
  { root, report, components }: ReferenceContext,
): void {
  const started = new Set(enabled.map((id) => parseComponentId(id)?.type));
  for (const [id, { factory, spec, output }] of components.known.exporters) {
    if (!pipelines.some((pipeline) => pipeline.exporters.includes(id))) continue;
    const need =
      isExporterFactory(factory) && output !== undefined ? factory.needs(spec.raw) : undefined;
    if (need === undefined || started.has(need.type)) continue;
    const message = `needs the extension "${need.type}", which is not started: ${need.instead}, or add "${need.type}:" under "extensions" and "${need.type}" to service.extensions`;
    reportError(report, root, ['exporters', id], { code: 'undefined_component', message });
  }
}
