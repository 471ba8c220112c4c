import type { ConnectorFactory } from './connector.ts';
import type { ExporterFactory } from './exporter.ts';
import type { ExtensionFactory } from './extension.ts';
import type { ProcessorFactory, SettingFactory } from './processor.ts';
import type { ReceiverFactory } from './receiver.ts';
import type { WorkerPart } from './transform.ts';

/** Any factory of the main thread. */
export type Factory =
  | ReceiverFactory
  | ProcessorFactory
  | SettingFactory
  | ExporterFactory
  | ConnectorFactory
  | ExtensionFactory;

/** The component types that a build of Weir has, by type; aliases are further entries of the same factory. */
export interface Registry {
  readonly receivers: ReadonlyMap<string, ReceiverFactory>;
  readonly processors: ReadonlyMap<string, ProcessorFactory | SettingFactory>;
  readonly exporters: ReadonlyMap<string, ExporterFactory>;
  readonly connectors: ReadonlyMap<string, ConnectorFactory>;
  readonly extensions: ReadonlyMap<string, ExtensionFactory>;
}

/** The Collector's other spellings of exporter types: the only kind in which it renamed types that Weir has. */
export type ExporterAliases = Readonly<Record<string, string>>;

/**
 * Sorts factories into a registry.
 * @throws Error where a type occurs twice in one kind.
 */
export function createRegistry(
  factories: readonly Factory[],
  exporterAliases: ExporterAliases = {},
): Registry {
  const exporters = byType(factories.filter((f) => f.kind === 'exporter'));
  for (const [alias, type] of Object.entries(exporterAliases)) {
    const factory = exporters.get(type);
    if (factory !== undefined) exporters.set(alias, factory);
  }
  return {
    receivers: byType(factories.filter((f) => f.kind === 'receiver')),
    processors: byType(factories.filter((f) => f.kind === 'processor' || f.kind === 'setting')),
    exporters,
    connectors: byType(factories.filter((f) => f.kind === 'connector')),
    extensions: byType(factories.filter((f) => f.kind === 'extension')),
  };
}

function byType<F extends Factory>(factories: readonly F[]): Map<string, F> {
  const types = new Map<string, F>();
  for (const factory of factories) {
    if (types.has(factory.type)) throw new Error(`two ${factory.kind}s of type ${factory.type}`);
    types.set(factory.type, factory);
  }
  return types;
}

/** The worker parts of a build, found by part and type. */
export type WorkerParts = readonly WorkerPart[];
