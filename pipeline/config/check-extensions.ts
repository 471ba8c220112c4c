import { isExporterFactory } from './factory-kind.ts';
import type { ReferenceContext } from './check-pipelines.ts';
import { locate } from './node.ts';
import { reportError } from './sections.ts';
import { suggest } from './suggest.ts';

/** Checks that `service.extensions` and the storages of exporters name extensions that exist; gives those to start. */
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
  checkStorages(ids, context);
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
  const mend =
    suggestion === undefined && registry.extensions.has(id)
      ? `; add "${id}:" under "extensions"`
      : '';
  const message = `extension "${id}" is not configured${mend}`;
  reportError(report, root, path, { code: 'undefined_component', message, suggestion });
}

function checkStorages(enabled: readonly string[], context: ReferenceContext): void {
  for (const [id, { factory, spec, output }] of context.components.known.exporters) {
    if (!isExporterFactory(factory) || output === undefined) continue;
    const { storage } = factory.delivery(spec.raw).queue;
    if (storage === undefined || enabled.includes(storage)) continue;
    const isWritten = context.components.written.extensions.has(storage);
    const message = isWritten
      ? `storage "${storage}" is configured and not started; add it to service.extensions`
      : `storage "${storage}" is no extension that is configured`;
    reportError(context.report, context.root, ['exporters', id, 'sending_queue', 'storage'], {
      code: 'undefined_component',
      message,
      suggestion: suggest(storage, enabled),
    });
  }
}
