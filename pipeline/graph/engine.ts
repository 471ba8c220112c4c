import { isDeepStrictEqual } from 'node:util';
import { createOpenShare } from '../admission/resident-memory.ts';
import type { ComponentSpec, Config } from '../config/config.ts';
import { openDiskStore } from '../log/disk-store.ts';
import { readMachine } from '../stage/machine.ts';
import { compareConfigs } from './config-changes.ts';
import { toNamed } from './exchange.ts';
import type { Slots } from './exchange.ts';
import { makeExtension } from './extensions.ts';
import type { Graph } from './graph.ts';
import { createDeadline, shutdownAll, startAll, within } from './lifecycles.ts';
import type { Deadline } from './lifecycles.ts';
import { createLogStores } from './log-stores.ts';
import { memoryBudgetOfConfig } from './memory-budget.ts';
import { nothing, prepareNext } from './prepare-next.ts';
import type { EngineParts, Prepared, Running } from './prepare-next.ts';
import type { Services } from './services.ts';
import { makeSource, swapTargets } from './sources.ts';
import type { Source } from './sources.ts';
import { createStatus, engineStatusOffer } from './status.ts';
import type { EngineState, EngineStatus, StatusKeeper } from './status.ts';

/** A whole configuration, built: extensions, receivers, and the graph between and behind them. */
export interface Engine {
  readonly status: EngineStatus;
  readonly notes: readonly string[];
  /** Worker threads; 0 means the main thread does all. */
  readonly threads: number;
  /** What runs. */
  readonly config: Config;
  /**
   * Starts extensions, then what is downstream, and receivers last.
   * @throws Error naming the component that did not start; what had started is shut down again.
   */
  start(): Promise<void>;
  /**
   * Puts another configuration in force: its graph is built and started beside the one that runs, receivers are swapped
   * over, and the old graph ends on its own. What is configured the same runs on: receivers keep their sockets.
   * @returns what changed, one line each; undefined where a shutdown came first.
   * @throws Error naming what could not be built or started; the old graph runs on.
   */
  reload(config: Config): Promise<readonly string[] | undefined>;
  /** Not ready first, then receivers, what is inside flows out, and extensions last. Safe twice, before and after `start`. */
  stop(budgetMs: number): Promise<void>;
}

/** A shutdown was asked for in the midst of a start or a reload. */
class StoppingError extends Error {
  override readonly name = 'StoppingError';
}

/**
 * Builds everything that the configuration's pipelines use; nothing runs before `start`.
 * @throws Error where a component cannot be built.
 */
export async function buildEngine(config: Config, services: Services): Promise<Engine> {
  const stores = createLogStores({
    ...services,
    openDiskStore: (storage) => openDiskStore({ ...services, storage }),
  });
  const status = createStatus(stores);
  services.offers.set(engineStatusOffer, status.shown);
  try {
    const { running } = await prepareNext(nothing, config, { services, stores });
    return new SwappableEngine(running, { services, stores }, status);
  } catch (error) {
    await stores.close();
    throw error;
  }
}

class SwappableEngine implements Engine {
  readonly #parts: EngineParts;
  readonly #status: StatusKeeper;
  #running: Running;
  /** The start or the reload under way. */
  #busy: Promise<unknown> = Promise.resolve();
  /** The graph before, which finishes what it has. */
  #retiring: Promise<void> = Promise.resolve();
  #isStopping = false;
  #stopped: Promise<void> | undefined;

  constructor(running: Running, parts: EngineParts, status: StatusKeeper) {
    this.#running = running;
    this.#parts = parts;
    this.#status = status;
  }

  get status(): EngineStatus {
    return this.#status.shown;
  }

  get notes(): readonly string[] {
    return this.#running.graph.notes;
  }

  get threads(): number {
    return this.#running.graph.threads;
  }

  get config(): Config {
    return this.#running.config;
  }

  start(): Promise<void> {
    const started = this.#start();
    this.#busy = started.catch(() => undefined);
    return started;
  }

  reload(config: Config): Promise<readonly string[] | undefined> {
    const reloaded = this.#busy.then(() => this.#reload(config));
    this.#busy = reloaded.catch(() => undefined);
    return reloaded;
  }

  stop(budgetMs: number): Promise<void> {
    this.#isStopping = true;
    this.#enter('draining');
    this.#stopped ??= this.#end(budgetMs, this.#busy);
    return this.#stopped;
  }

  async #start(): Promise<void> {
    const { graph, extensions, sources, config } = this.#running;
    try {
      await this.#unlessStopping(startAll([...extensions.values()].map(toNamed)));
      await this.#unlessStopping(graph.start());
      await this.#unlessStopping(startAll([...sources.values()].map(toNamed)));
    } catch (error) {
      if (!this.#isStopping) {
        this.#enter('draining');
        this.#stopped ??= this.#end(config.engine.shutdownMs, undefined);
        await this.#stopped;
      }
      throw error;
    }
    this.#enter('running');
  }

  async #reload(config: Config): Promise<readonly string[] | undefined> {
    // A graph must be gone before the next one takes over from its successor, or three would share a log.
    await this.#retiring;
    if (this.#isStopping) return undefined;
    const old = this.#running;
    // What only a start puts in force stays as it was, so that it is told again with every reload until then.
    const { dataDir, telemetry } = old.config;
    const fixed = { ...config, dataDir, telemetry };
    const { changed, needRestart } = compareConfigs(old.config, config);
    const prepared = await prepareNext(old, fixed, this.#parts).catch(async (error: unknown) => {
      await this.#parts.stores.retain(old.graph.logs);
      throw error;
    });
    const deadline = createDeadline(this.#parts.services.clock, config.engine.shutdownMs);
    try {
      await this.#swap(prepared, deadline);
    } catch (error) {
      await this.#takeBack(prepared, old, deadline);
      if (error instanceof StoppingError) return undefined;
      throw error;
    }
    this.#running = prepared.running;
    this.#adjustBudget(old.config, config);
    this.#status.broken = [];
    this.#retiring = this.#retire(old.graph, prepared.running.graph, deadline);
    return [...changed, ...needRestart.map((key) => `${key}: with the next start`)];
  }

  /** The graphs have their shares of the memory already; requests on their way in are nobody's yet. */
  #adjustBudget(old: Config, next: Config): void {
    const machine = readMachine();
    const { ingressBytes, resident } = memoryBudgetOfConfig(next, machine);
    const before = memoryBudgetOfConfig(old, machine);
    if (isDeepStrictEqual({ ...before, ingressBytes, resident }, before)) return;
    this.#parts.services.ingressBudget.adjust(ingressBytes, createOpenShare(resident));
  }

  async #swap({ running, extensions, sources }: Prepared, deadline: Deadline): Promise<void> {
    const { graph } = running;
    await this.#unlessStopping(extensions.swap(deadline));
    await this.#unlessStopping(graph.start());
    const open = sources.fresh.map(({ entrance }) => entrance.hold());
    try {
      await this.#unlessStopping(sources.swap(deadline));
      swapTargets(running.sources, graph);
    } catch (error) {
      for (const { entrance } of sources.fresh) entrance.swap(new Map());
      throw error;
    } finally {
      for (const letIn of open) letIn();
    }
  }

  async #takeBack(
    { running, extensions, sources }: Prepared,
    old: Running,
    deadline: Deadline,
  ): Promise<void> {
    const { services } = this.#parts;
    const { config, graph } = old;
    const remakeSource = (spec: ComponentSpec): Source =>
      makeSource(spec, { graph, config, services });
    const backSources = await sources.undo(deadline, remakeSource);
    await running.graph.discard();
    const backExtensions = await extensions.undo(deadline, (spec) =>
      makeExtension(spec, config, services),
    );
    await this.#parts.stores.retain(old.graph.logs);
    this.#running = { ...old, sources: backSources, extensions: backExtensions };
    this.#status.broken = [
      ...missing('receiver', old.sources, backSources),
      ...missing('extension', old.extensions, backExtensions),
    ];
  }

  async #retire(old: Graph, next: Graph, deadline: Deadline): Promise<void> {
    await old.retire(next, deadline);
    await this.#parts.stores.retain(next.logs);
  }

  async #end(budgetMs: number, busy: Promise<unknown> | undefined): Promise<void> {
    const { services, stores } = this.#parts;
    const { clock, logger } = services;
    const deadline = createDeadline(clock, budgetMs);
    // What is left once nothing can be delivered any more is for closing files and sockets.
    const draining = createDeadline(clock, budgetMs - Math.min(closingMs, budgetMs / 4));
    if (busy !== undefined) await within(busy, draining.leftMs).catch(() => undefined);
    const { graph, extensions, sources } = this.#running;
    await shutdownAll([...sources.values()].map(toNamed), draining, logger);
    swapTargets(sources, undefined);
    await graph.stop(draining);
    await within(this.#retiring, deadline.leftMs).catch(() => undefined);
    await shutdownAll([...extensions.values()].reverse().map(toNamed), deadline, logger);
    await stores.close();
    this.#enter('stopped');
  }

  async #unlessStopping(step: Promise<void>): Promise<void> {
    await step;
    if (this.#isStopping) throw new StoppingError('a shutdown came first');
  }

  #enter(state: EngineState): void {
    this.#status.enter(state, this.#parts.services.clock.now());
  }
}

/** How much of a shutdown's budget is kept back for closing what delivered. */
const closingMs = 1000;

function missing(kind: string, wanted: Slots<unknown>, found: Slots<unknown>): readonly string[] {
  return [...wanted.keys()]
    .filter((id) => !found.has(id))
    .map((id) => `${kind} "${id}" could not be started again after a reload that failed`);
}
