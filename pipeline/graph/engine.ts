import type { Extension } from '../component/extension.ts';
import type { Receiver } from '../component/receiver.ts';
import type { Config } from '../config/config.ts';
import { createMemoryLog } from '../log/memory-log.ts';
import { buildGraph } from './graph.ts';
import type { Graph, OpenLog } from './graph.ts';
import { createIngress } from './ingress.ts';
import type { SwappableIngress } from './ingress.ts';
import { createDeadline, shutdownAll, startAll } from './lifecycles.ts';
import type { Named } from './lifecycles.ts';
import { factoryOf, specOf } from './plan.ts';
import { createContext } from './services.ts';
import type { Services } from './services.ts';
import { engineStatusOffer } from './status.ts';
import type { EngineState, EngineStatus } from './status.ts';

/** A whole configuration, built: extensions, receivers, and the graph between and behind them. */
export interface Engine {
  readonly status: EngineStatus;
  readonly notes: readonly string[];
  /** Worker threads; 0 means the main thread does all. */
  readonly threads: number;
  /**
   * Starts extensions, then what is downstream, and receivers last.
   * @throws Error naming the component that did not start; what had started is shut down again.
   */
  start(): Promise<void>;
  /** Not ready first, then receivers, what is inside flows out, and extensions last. Safe twice, before and after `start`. */
  stop(budgetMs: number): Promise<void>;
}

/** A receiver and its exchangeable pipelines. */
interface Source {
  readonly named: Named<Receiver>;
  readonly entrance: SwappableIngress;
}

/**
 * Builds everything that the configuration's pipelines use; nothing runs before `start`.
 * @throws Error where a component cannot be built.
 */
export async function buildEngine(config: Config, services: Services): Promise<Engine> {
  const status: { state: EngineState; runningSinceMs: number | undefined } = {
    state: 'starting',
    runningSinceMs: undefined,
  };
  services.offers.set(engineStatusOffer, status);
  const extensions = createExtensions(config, services);
  const graph = await buildGraph(config, services, createLogOpener(services));
  const sources = createSources(graph, config, services);
  let stopping: Promise<void> | undefined;
  const stop = async (budgetMs: number): Promise<void> => {
    status.state = 'draining';
    const deadline = createDeadline(services.clock, budgetMs);
    const receivers = sources.map(({ named }) => named);
    await shutdownAll(receivers, deadline, services.logger);
    for (const { entrance } of sources) entrance.swap(new Map());
    await graph.stop(deadline);
    await shutdownAll([...extensions].reverse(), deadline, services.logger);
    status.state = 'stopped';
  };
  return {
    status,
    notes: graph.notes,
    threads: graph.threads,
    start: async () => {
      try {
        await startExtensions(extensions, services);
        await graph.start();
        for (const { named, entrance } of sources) entrance.swap(graph.targetsOf(named.id));
        await startAll(sources.map(({ named }) => named));
      } catch (error) {
        await (stopping ??= stop(config.engine.shutdownMs));
        throw error;
      }
      status.state = 'running';
      status.runningSinceMs = services.clock.now();
    },
    stop: (budgetMs) => (stopping ??= stop(budgetMs)),
  };
}

/** The disk log takes this place where storage is configured. */
function createLogOpener({ clock, metrics }: Services): OpenLog {
  return (pipeline, signal) => {
    const idPrefix = `${pipeline}/${clock.now().toString(36)}`;
    const log = createMemoryLog({ signal, idPrefix, clock });
    const labels = { pipeline, log: 'out' };
    metrics.watch('weir_log_bytes', () => [{ labels, value: log.bytes }]);
    return Promise.resolve(log);
  };
}

function createExtensions(config: Config, services: Services): readonly Named<Extension>[] {
  return config.enabledExtensions.map((id) => {
    const spec = specOf(config.extensions, id);
    const factory = factoryOf(services.registry.extensions, spec);
    const context = createContext(services, config, 'extension', { id, metrics: factory.metrics });
    return { id, kind: 'extension', component: factory.create(spec.raw, context) };
  });
}

/** What an extension offers can be had as soon as it has started, by those after it too. */
async function startExtensions(
  extensions: readonly Named<Extension>[],
  services: Services,
): Promise<void> {
  for (const extension of extensions) {
    await startAll([extension]);
    for (const [name, offer] of Object.entries(extension.component.offers ?? {})) {
      services.offers.set(name, offer);
    }
  }
}

function createSources(graph: Graph, config: Config, services: Services): readonly Source[] {
  return graph.receivers.map((id) => {
    const spec = specOf(config.receivers, id);
    const factory = factoryOf(services.registry.receivers, spec);
    const context = createContext(services, config, 'receiver', { id, metrics: factory.metrics });
    const entrance = createIngress(id, services.metrics);
    entrance.swap(graph.targetsOf(id));
    const component = factory.create(spec.raw, context, entrance.ingress);
    return { named: { id, kind: 'receiver', component }, entrance };
  });
}
