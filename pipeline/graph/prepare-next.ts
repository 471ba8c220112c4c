import type { Extension } from '../component/extension.ts';
import type { Config } from '../config/config.ts';
import type { Heritage, OpenLog } from './build-pipeline.ts';
import { planExchange } from './exchange.ts';
import type { Exchange, Slot, Slots } from './exchange.ts';
import { enabledExtensions, makeExtension, storageOf } from './extensions.ts';
import type { ExtensionSlots } from './extensions.ts';
import { buildGraph } from './graph.ts';
import type { Graph } from './graph.ts';
import type { LogStores } from './log-stores.ts';
import type { Services } from './services.ts';
import { makeSource, receiversOf } from './sources.ts';
import type { Source } from './sources.ts';

/** All that runs for one configuration. */
export interface Running {
  readonly config: Config;
  readonly graph: Graph;
  readonly extensions: ExtensionSlots;
  readonly sources: Slots<Source>;
}

/** What an engine hands from configuration to configuration. */
export interface EngineParts {
  readonly services: Services;
  readonly stores: LogStores;
}

/** A configuration that is built and not in force yet. */
export interface Prepared {
  readonly running: Running;
  readonly extensions: Exchange<Slot<Extension>>;
  readonly sources: Exchange<Source>;
}

/**
 * Makes what a configuration needs and does not run already; nothing is started.
 * @throws Error naming what cannot be made; nothing is left open then.
 */
export async function prepareNext(
  old: Pick<Running, 'extensions' | 'sources'> & { readonly graph?: Graph },
  config: Config,
  { services, stores }: EngineParts,
): Promise<Prepared> {
  const { logger } = services;
  const extensions = planExchange(old.extensions, enabledExtensions(config), {
    make: (spec) => makeExtension(spec, config, services),
    logger,
  });
  const openLog: OpenLog = async (pipeline, signal, storageId) => {
    const storage = storageOf(storageId, extensions.next);
    const log = await stores.open(pipeline, signal, storage);
    return { log, ...(storage !== undefined && { directory: storage.directory }) };
  };
  const before = old.graph?.heritage ?? noHeritage;
  const gone = offersThatEnd(old.extensions, extensions.next);
  const heritage = { ...before, exporters: withoutAskers(before.exporters, gone) };
  const graph = await buildGraph(config, services, openLog, heritage);
  try {
    const sources = planExchange(old.sources, receiversOf(graph, config), {
      make: (spec) => makeSource(spec, { graph, config, services }),
      logger,
    });
    const running = { config, graph, extensions: extensions.next, sources: sources.next };
    return { running, extensions, sources };
  } catch (error) {
    await graph.discard();
    throw error;
  }
}

/** Names of what extensions offer that do not run on. */
function offersThatEnd(old: ExtensionSlots, next: ExtensionSlots): readonly string[] {
  return [...old].flatMap(([id, slot]) =>
    next.get(id) === slot ? [] : Object.keys(slot.named.component.offers ?? {}),
  );
}

/** An exporter may hold on to what an extension offered, such as the embedded store's address: it is made anew then. */
function withoutAskers(
  exporters: Heritage['exporters'],
  offers: readonly string[],
): Heritage['exporters'] {
  return new Map([...exporters].filter(([, { asked }]) => !offers.some((name) => asked.has(name))));
}

const noHeritage: Heritage = {
  exporters: new Map(),
  reducers: new Map(),
  tables: new Map(),
};

/** What runs before the first configuration. */
export const nothing: Pick<Running, 'extensions' | 'sources'> = {
  extensions: new Map(),
  sources: new Map(),
};
