import type { ConnectorFactory } from './connector.ts';
import type { ExporterFactory } from './exporter.ts';
import type { ExtensionFactory } from './extension.ts';
import type { ProcessorFactory, SettingFactory } from './processor.ts';
import type { ReceiverFactory } from './receiver.ts';
import type { EncodeDefinition, MapDefinition, TransformDefinition } from './transform.ts';

/** Any factory of the main thread. */
export type Factory =
  | ReceiverFactory
  | ProcessorFactory
  | SettingFactory
  | ExporterFactory
  | ConnectorFactory
  | ExtensionFactory;

/** Factories that are loaded, by the section of the configuration and type; aliases are further entries of the same factory. */
export interface Factories {
  readonly receivers: ReadonlyMap<string, ReceiverFactory>;
  readonly processors: ReadonlyMap<string, ProcessorFactory | SettingFactory>;
  readonly exporters: ReadonlyMap<string, ExporterFactory>;
  readonly connectors: ReadonlyMap<string, ConnectorFactory>;
  readonly extensions: ReadonlyMap<string, ExtensionFactory>;
}

/** Loads one thing of a build when it is wanted: what no configuration names costs neither time nor memory. */
export type Loader<T> = () => Promise<T>;

/** Things of a build by type. */
type Loaders<T> = Readonly<Record<string, Loader<T>>>;

/** Every component type of a build, by the section of the configuration that it stands in. */
export interface ComponentTable {
  readonly receivers: Loaders<ReceiverFactory>;
  readonly processors: Loaders<ProcessorFactory | SettingFactory>;
  readonly exporters: Loaders<ExporterFactory>;
  readonly connectors: Loaders<ConnectorFactory>;
  readonly extensions: Loaders<ExtensionFactory>;
}

/** Names of component types, by section. */
export type TypeNames = Readonly<Record<keyof Factories, readonly string[]>>;

/** The component types that a build of Weir has. */
export interface Registry {
  /** All of them, aliases included. */
  readonly types: TypeNames;
  /** Loads the factories of these types, under every spelling of each; types that the build lacks are left out. */
  load(wanted: Partial<TypeNames>): Promise<Factories>;
}

/** The Collector's other spellings of exporter types: the only kind in which it renamed types that Weir has. */
type ExporterAliases = Readonly<Record<string, string>>;

/**
 * Makes a registry of a table.
 * @throws Error where an alias stands for a type that the table lacks, or hides one that it has.
 */
export function createRegistry(
  table: ComponentTable,
  exporterAliases: ExporterAliases = {},
): Registry {
  const exporters = { ...table.exporters };
  for (const [alias, type] of Object.entries(exporterAliases)) {
    const loader = table.exporters[type];
    if (loader === undefined || alias in exporters) throw new Error(`alias ${alias} of ${type}`);
    exporters[alias] = loader;
  }
  return {
    types: {
      receivers: Object.keys(table.receivers),
      processors: Object.keys(table.processors),
      exporters: Object.keys(exporters),
      connectors: Object.keys(table.connectors),
      extensions: Object.keys(table.extensions),
    },
    load: (wanted) => loadFactories({ ...table, exporters }, wanted),
  };
}

async function loadFactories(
  table: ComponentTable,
  wanted: Partial<TypeNames>,
): Promise<Factories> {
  const [receivers, processors, exporters, connectors, extensions] = await Promise.all([
    loadTypes(table.receivers, wanted.receivers),
    loadTypes(table.processors, wanted.processors),
    loadTypes(table.exporters, wanted.exporters),
    loadTypes(table.connectors, wanted.connectors),
    loadTypes(table.extensions, wanted.extensions),
  ]);
  return { receivers, processors, exporters, connectors, extensions };
}

async function loadTypes<T>(
  loaders: Loaders<T>,
  wanted: readonly string[] = [],
): Promise<ReadonlyMap<string, T>> {
  const needed = new Set(wanted.map((type) => loaders[type]));
  const entries = Object.entries(loaders).filter(([, load]) => needed.has(load));
  return new Map(
    await Promise.all(entries.map(async ([type, load]) => [type, await load()] as const)),
  );
}

/** The worker parts of a build, by what they do and the type of their component. */
export interface WorkerParts {
  readonly transform: Loaders<TransformDefinition>;
  readonly map: Loaders<MapDefinition>;
  readonly encode: Loaders<EncodeDefinition>;
}
