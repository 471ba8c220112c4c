import type { DeliverySettings } from '../component/exporter.ts';
import type { Factories } from '../component/registry.ts';
import type { ReferenceContext } from './check-pipelines.ts';
import { parseComponentId } from './component-id.ts';
import type { PipelineSpec } from './config.ts';
import { isExporterFactory } from './factory-kind.ts';
import { formatPath, locate, type NodePath } from './node.ts';
import { reportError } from './sections.ts';
import { suggest } from './suggest.ts';

/**
 * Checks that the storages of exporters are extensions that are started and can store, and that a pipeline names one
 * storage only, because it has one log.
 */
export async function checkStorages(
  pipelines: readonly PipelineSpec[],
  enabled: readonly string[],
  context: ReferenceContext,
): Promise<void> {
  for (const [id, { queue }] of deliveriesOf(context)) {
    if (queue.storage === undefined || isStarted(queue.storage, enabled, context)) continue;
    await reportStorage(queue.storage, pathOf(id), context);
  }
  for (const pipeline of pipelines) checkOneStorage(pipeline, context);
}

function deliveriesOf(context: ReferenceContext): ReadonlyMap<string, DeliverySettings> {
  const deliveries = new Map<string, DeliverySettings>();
  for (const [id, { factory, spec, output }] of context.components.known.exporters) {
    if (!isExporterFactory(factory) || output === undefined) continue;
    deliveries.set(id, factory.delivery(spec.raw));
  }
  return deliveries;
}

function pathOf(exporterId: string): NodePath {
  return ['exporters', exporterId, 'sending_queue', 'storage'];
}

/** Whether it is an extension that is started and can store. */
function isStarted(
  storage: string,
  enabled: readonly string[],
  { factories }: ReferenceContext,
): boolean {
  return enabled.includes(storage) && factoryOf(storage, factories)?.isStorage !== false;
}

async function reportStorage(
  storage: string,
  path: NodePath,
  { root, report, components, registry }: ReferenceContext,
): Promise<void> {
  // Which types can store shows only once they are loaded: those too that nothing names yet.
  const known = await registry.load({ extensions: registry.types.extensions });
  const factory = factoryOf(storage, known);
  const types = [...known.extensions.values()].filter((one) => one.isStorage);
  const names = types.map(({ type }) => `"${type}"`).join(' or ');
  const isWritten = components.written.extensions.has(storage);
  if (isWritten && factory?.isStorage === false) {
    const message = `extension "${storage}" cannot store; name one of type ${names}`;
    reportError(report, root, path, { code: 'wrong_type', message });
    return;
  }
  const add = factory?.isStorage === true ? `; add "${storage}:" under "extensions"` : '';
  const message = isWritten
    ? `storage "${storage}" is configured and not started; add it to service.extensions`
    : `storage "${storage}" is no extension that is configured${add}`;
  const suggestion = suggest(storage, components.written.extensions.keys());
  reportError(report, root, path, {
    code: 'undefined_component',
    message,
    ...(!isWritten && { suggestion }),
  });
}

function factoryOf(
  id: string,
  { extensions }: Pick<Factories, 'extensions'>,
): { readonly isStorage: boolean } | undefined {
  return extensions.get(parseComponentId(id)?.type ?? '');
}

function checkOneStorage(pipeline: PipelineSpec, context: ReferenceContext): void {
  const { root, report } = context;
  const deliveries = deliveriesOf(context);
  const exporters = pipeline.exporters.filter((id) => deliveries.has(id));
  const storageOf = (id: string): string | undefined => deliveries.get(id)?.queue.storage;
  const first = exporters.find((id) => storageOf(id) !== undefined);
  if (first === undefined) return;
  for (const id of exporters) {
    const storage = storageOf(id);
    const named = `exporter "${first}" names "${storageOf(first) ?? ''}"`;
    if (storage === undefined) {
      const message = `is stored too: pipeline "${pipeline.id}" has one log, and ${named}`;
      const { position } = locate(root, ['exporters', id]);
      const path = formatPath(['exporters', id]);
      report({ severity: 'info', code: 'engine_setting', path, message, position });
    } else if (storage !== storageOf(first)) {
      const message = `pipeline "${pipeline.id}" has one log, and its ${named}; name the same storage here`;
      reportError(report, root, pathOf(id), { code: 'conflicting_storage', message });
    }
  }
}
