import type { Lifecycle } from '../component/lifecycle.ts';
import type { Config } from '../config/config.ts';
import type { Log } from '../log/log.ts';
import { createDeliveryJobs } from '../stage/jobs.ts';
import { readMachine, sizePool } from '../stage/machine.ts';
import { buildPipeline, targetsOf } from './build-pipeline.ts';
import type { GraphParts, Heritage, OpenLog, Pipeline } from './build-pipeline.ts';
import { specifyStage } from './chain-specs.ts';
import { createPool } from './create-pool.ts';
import {
  discard,
  discardMs,
  drainStages,
  handOver,
  namedReducers,
  tellWhatStays,
} from './endings.ts';
import { planExchange, toNamed } from './exchange.ts';
import type { Slots } from './exchange.ts';
import type { IngressTargets } from './ingress.ts';
import { openLeftLogs } from './left-logs.ts';
import { createDeadline, shutdownAll, startAll } from './lifecycles.ts';
import type { Deadline, Named } from './lifecycles.ts';
import { createReducers, makeExporter, statesOf } from './make-components.ts';
import type { ExporterSlot } from './make-components.ts';
import { planGraph, specOf } from './plan.ts';
import { createContext } from './services.ts';
import type { Services } from './services.ts';
import { createWatches } from './watches.ts';
import { createCounterSink, declaredMetrics } from './worker-counters.ts';

/** Pipelines with their exporters and connectors: everything behind the receivers. */
export interface Graph {
  /** Ids of the receivers that feed it. */
  readonly receivers: readonly string[];
  readonly notes: readonly string[];
  readonly threads: number;
  /** What the graph after it may take over. */
  readonly heritage: Heritage;
  /** The logs that its pipelines write. */
  readonly logs: ReadonlySet<Log>;
  /** What is behind a receiver. */
  targetsOf(receiver: string): IngressTargets;
  /** Whether an exporter of it delivers from that log. */
  reads(log: Log, exporterId: string): boolean;
  /** Exporters, connectors, workers, deliveries. @throws Error naming the component that did not start. */
  start(): Promise<void>;
  /** The end of the process: lets what is inside flow out, upstream first, and shuts everything down. */
  stop(deadline: Deadline): Promise<void>;
  /**
   * A reload: `next` has taken its place. What is inside flows into the logs, deliveries end with the attempts under way
   * and leave the rest to those of `next`; only what is in memory and has no heir is delivered up to the deadline.
   */
  retire(next: Graph, deadline: Deadline): Promise<void>;
  /** Lets go of everything at once: the graph never carried a request. */
  discard(): Promise<void>;
}

/**
 * Builds the graph of a configuration; nothing runs before `start`.
 * @throws Error where a component cannot be built.
 */
export async function buildGraph(
  config: Config,
  services: Services,
  openLog: OpenLog,
  heritage: Heritage = { exporters: new Map(), reducers: new Map(), tables: new Map() },
): Promise<Graph> {
  const plan = planGraph(config);
  const staged = await specifyStage({
    plan,
    config,
    parts: services.parts,
    tables: heritage.tables,
    contextOf: (kind, id) =>
      createContext(services, config, kind, declaredMetrics(config, kind, id)),
  });
  const exporters = planExchange(
    heritage.exporters,
    plan.exporters.map((id) => specOf(config.exporters, id)),
    { make: (spec) => makeExporter(spec, config, services), logger: services.logger },
  );
  const pipelines = new Map<string, Pipeline>();
  const outlet = { isClosed: false };
  const reducers = createReducers(plan, config, services, {
    pipelines,
    outlet,
    reducers: heritage.reducers,
  });
  const watches = createWatches(staged.spec, config, services);
  const size = sizePool(readMachine(), config.engine.workers);
  const pool = await createPool(staged.spec, services, size);
  const onCounters = createCounterSink(config, services);
  const parts: GraphParts = {
    config,
    services,
    openLog,
    plan,
    staged,
    pool,
    jobs: createDeliveryJobs(pool.tasks, onCounters),
    onCounters,
    exporters: exporters.next,
    freshExporters: exporters.fresh,
    reducers,
    pipelines,
    left: [],
    directories: new Map(),
    opened: [],
    outlet,
  };
  try {
    for (const pipeline of plan.pipelines) {
      pipelines.set(pipeline.spec.id, await buildPipeline(pipeline, parts));
    }
    await openLeftLogs(parts);
  } catch (error) {
    await discard(parts);
    throw error;
  }
  return toGraph(parts, watches);
}

function toGraph(parts: GraphParts, watches: readonly Named<Lifecycle>[]): Graph {
  const { plan, pool, services, pipelines, opened } = parts;
  const exporters = [...parts.exporters.values()];
  const all = [...pipelines.values()];
  let isEnded = false;
  const end = async (
    deadline: Deadline,
    drain: () => Promise<void>,
    heirs: Slots<ExporterSlot>,
  ): Promise<void> => {
    if (isEnded) return;
    isEnded = true;
    await shutdownAll(watches, deadline, services.logger);
    await drain();
    const ending = exporters.filter((slot) => heirs.get(slot.spec.id) !== slot);
    await shutdownAll(ending.map(toNamed), deadline, services.logger);
    await pool.tasks.close();
  };
  const stop = async (deadline: Deadline): Promise<void> => {
    await drainStages(parts, deadline);
    for (const { log } of [...all, ...parts.left]) log?.seal();
    await Promise.all(opened.map((one) => one.stop(deadline.leftMs)));
    tellWhatStays(parts);
  };
  return {
    receivers: plan.receivers,
    notes: plan.notes,
    threads: pool.tasks.threads,
    heritage: {
      exporters: parts.exporters,
      reducers: statesOf(parts.reducers, parts.config),
      tables: parts.staged.spec.tables,
    },
    logs: new Set([...all, ...parts.left].flatMap(({ log }) => log ?? [])),
    targetsOf: (receiver) => targetsOf(receiver, all),
    reads: (log, exporterId) => all.some((one) => one.log === log && one.ends.has(exporterId)),
    start: async () => {
      await startAll([...parts.freshExporters.map(toNamed), ...namedReducers(parts)]);
      await pool.tasks.start();
      for (const one of opened) one.start();
      await startAll(watches);
    },
    stop: (deadline) => end(deadline, () => stop(deadline), new Map()),
    retire: (next, deadline) =>
      end(deadline, () => handOver(parts, next, deadline), next.heritage.exporters),
    discard: async () => {
      if (isEnded) return;
      isEnded = true;
      await shutdownAll(watches, createDeadline(services.clock, discardMs), services.logger);
      await discard(parts);
    },
  };
}
