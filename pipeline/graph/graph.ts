import type { ConnectorOutput, Reducer } from '../component/connector.ts';
import type { Exporter } from '../component/exporter.ts';
import type { Signal } from '../component/signal.ts';
import type { Config } from '../config/config.ts';
import type { Log } from '../log/log.ts';
import type { Consumer } from '../stage/consumer.ts';
import type { CounterDelta } from '../stage/counters.ts';
import { createDeliveryJobs } from '../stage/jobs.ts';
import type { DeliveryJobs } from '../stage/jobs.ts';
import { readMachine, sizePool } from '../stage/machine.ts';
import { createStage } from '../stage/stage.ts';
import type { Stage } from '../stage/stage.ts';
import { createPool } from './create-pool.ts';
import type { BuiltPool } from './create-pool.ts';
import { encoderKey, specifyStage } from './chain-specs.ts';
import type { SpecifiedStage } from './chain-specs.ts';
import { openExporterEnd, withPipelineBatch } from './exporter-end.ts';
import type { ExporterEnd } from './exporter-end.ts';
import { fanOut } from './fan-out.ts';
import type { IngressTargets } from './ingress.ts';
import { createDeadline, naming, shutdownAll, startAll } from './lifecycles.ts';
import type { Deadline, Named } from './lifecycles.ts';
import { createPipelineSink, toRequest } from './pipeline.ts';
import { createPipelineLedger } from './pipeline-ledger.ts';
import { factoryOf, planGraph, specOf } from './plan.ts';
import type { PipelinePlan, Plan } from './plan.ts';
import { createContext } from './services.ts';
import { createCounterSink, declaredMetrics } from './worker-counters.ts';
import type { Services } from './services.ts';

/**
 * Opens the log of a pipeline in the storage of that id, in memory where it names none. The logs are not the graph's: they
 * stay open over a reload.
 */
export type OpenLog = (
  pipeline: string,
  signal: Signal,
  storage: string | undefined,
) => Promise<Log>;

/** Pipelines with their exporters and connectors: everything behind the receivers. */
export interface Graph {
  /** Ids of the receivers that feed it. */
  readonly receivers: readonly string[];
  readonly notes: readonly string[];
  readonly threads: number;
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

interface Pipeline {
  readonly plan: PipelinePlan;
  readonly stage: Stage;
  readonly log: Log | undefined;
  /** By exporter. */
  readonly ends: ReadonlyMap<string, ExporterEnd>;
}

/** What is being built. */
interface Building {
  readonly config: Config;
  readonly services: Services;
  readonly openLog: OpenLog;
  readonly plan: Plan;
  readonly staged: SpecifiedStage;
  readonly pool: BuiltPool;
  readonly jobs: DeliveryJobs;
  readonly exporters: ReadonlyMap<string, Exporter>;
  readonly reducers: ReadonlyMap<string, Reducer>;
  readonly pipelines: Map<string, Pipeline>;
  /** Every end that holds a cursor, of pipelines that are not complete too. */
  readonly opened: ExporterEnd[];
  /** Whether what connectors emit still goes anywhere. */
  readonly outlet: { isClosed: boolean };
}

/**
 * Builds the graph of a configuration; nothing runs before `start`.
 * @throws Error where a component cannot be built.
 */
export async function buildGraph(
  config: Config,
  services: Services,
  openLog: OpenLog,
): Promise<Graph> {
  const plan = planGraph(config, services.registry);
  const staged = await specifyStage({
    plan,
    config,
    registry: services.registry,
    parts: services.parts,
    contextOf: (kind, id) =>
      createContext(services, config, kind, declaredMetrics(config, services, kind, id)),
  });
  const pool = createPool(staged.spec, services, sizePool(readMachine(), config.engine.workers));
  const countWorkers = createCounterSink(config, services);
  const pipelines = new Map<string, Pipeline>();
  const outlet = { isClosed: false };
  const building: Building = {
    config,
    services,
    openLog,
    plan,
    staged,
    pool,
    jobs: createDeliveryJobs(pool.tasks, countWorkers),
    exporters: createExporters(plan, config, services),
    reducers: createReducers(plan, config, services, { pipelines, outlet }),
    pipelines,
    opened: [],
    outlet,
  };
  try {
    for (const pipeline of plan.pipelines) {
      pipelines.set(pipeline.spec.id, await buildPipeline(pipeline, building, countWorkers));
    }
  } catch (error) {
    await discard(building);
    throw error;
  }
  return toGraph(building);
}

function toGraph(building: Building): Graph {
  const { plan, pool, services, pipelines } = building;
  const { exporters, reducers } = namedComponents(building);
  const all = [...pipelines.values()];
  let isEnded = false;
  const end = async (deadline: Deadline, drain: () => Promise<void>): Promise<void> => {
    if (isEnded) return;
    isEnded = true;
    await drain();
    await shutdownAll(exporters, deadline, services.logger);
    await pool.tasks.close();
  };
  return {
    receivers: plan.receivers,
    notes: plan.notes,
    threads: pool.tasks.threads,
    logs: new Set(all.flatMap(({ log }) => log ?? [])),
    targetsOf: (receiver) => targetsOf(receiver, all),
    reads: (log, exporterId) => all.some((one) => one.log === log && one.ends.has(exporterId)),
    start: async () => {
      await startAll([...exporters, ...reducers]);
      await pool.tasks.start();
      for (const opened of building.opened) opened.start();
    },
    stop: (deadline) =>
      end(deadline, async () => {
        await drainStages(building, deadline);
        for (const { log } of all) log?.seal();
        await Promise.all(building.opened.map((opened) => opened.stop(deadline.leftMs)));
      }),
    retire: (next, deadline) => end(deadline, () => handOver(building, next, deadline)),
    discard: async () => {
      if (isEnded) return;
      isEnded = true;
      await discard(building);
    },
  };
}

function namedComponents({ exporters, reducers }: Building): {
  readonly exporters: readonly Named<Exporter>[];
  readonly reducers: readonly Named<Reducer>[];
} {
  return { exporters: named('exporter', exporters), reducers: named('connector', reducers) };
}

async function discard(building: Building): Promise<void> {
  const { opened, pool, services } = building;
  const { exporters, reducers } = namedComponents(building);
  building.outlet.isClosed = true;
  await Promise.all(opened.map((one) => one.release(0)));
  const deadline = createDeadline(services.clock, discardMs);
  await shutdownAll([...reducers, ...exporters], deadline, services.logger);
  await pool.tasks.close();
}

/** How long components of a graph that is thrown away may take to end. */
const discardMs = 5000;

/** Ends with an heir give their cursors up at once; the others wait for the last requests and deliver what they can. */
async function handOver(building: Building, next: Graph, deadline: Deadline): Promise<void> {
  const { pipelines, services } = building;
  const heirless: ExporterEnd[] = [];
  const released: Promise<void>[] = [];
  for (const { log, ends } of pipelines.values()) {
    for (const [exporterId, one] of ends) {
      if (log === undefined) continue;
      if (log.isDurable || next.reads(log, exporterId)) released.push(one.release(deadline.leftMs));
      else heirless.push(one);
    }
  }
  await drainStages(building, deadline);
  const drained = heirless.map(async (one) => {
    while (one.owedItems > 0 && deadline.leftMs > 0) await services.clock.sleep(pollMs);
    await one.release(deadline.leftMs);
  });
  await Promise.all([...released, ...drained]);
}

/** A connector is shut down once everything that feeds it is empty: it hands on its last state then. */
async function drainStages(
  { pipelines, reducers, services: { logger, clock } }: Building,
  deadline: Deadline,
): Promise<void> {
  const upstreamFirst = [...pipelines.values()].reverse();
  const feeders = new Map<string, number>();
  for (const { plan } of upstreamFirst) {
    for (const { spec } of plan.connectors) feeders.set(spec.id, (feeders.get(spec.id) ?? 0) + 1);
  }
  for (const { plan, stage } of upstreamFirst) {
    while (stage.pending > 0 && deadline.leftMs > 0) await clock.sleep(pollMs);
    for (const { spec } of plan.connectors) {
      const left = (feeders.get(spec.id) ?? 0) - 1;
      feeders.set(spec.id, left);
      const component = reducers.get(spec.id);
      if (left > 0 || component === undefined) continue;
      await shutdownAll([{ id: spec.id, kind: 'connector', component }], deadline, logger);
    }
  }
}

/** How often an ending graph looks whether a stage or an exporter has run empty. */
const pollMs = 5;

function targetsOf(receiver: string, pipelines: readonly Pipeline[]): IngressTargets {
  const bySignal = new Map<Signal, Consumer[]>();
  for (const { plan, stage } of pipelines) {
    if (!plan.spec.receivers.includes(receiver)) continue;
    bySignal.set(plan.spec.signal, [...(bySignal.get(plan.spec.signal) ?? []), stage]);
  }
  return new Map([...bySignal].map(([signal, stages]) => [signal, fanOut(stages)]));
}

function named<C extends Exporter | Reducer>(
  kind: string,
  components: ReadonlyMap<string, C>,
): readonly Named<C>[] {
  return [...components].map(([id, component]) => ({ id, kind, component }));
}

function createExporters(
  plan: Plan,
  config: Config,
  services: Services,
): ReadonlyMap<string, Exporter> {
  return new Map(
    plan.exporters.map((id) => {
      const spec = specOf(config.exporters, id);
      const factory = factoryOf(services.registry.exporters, spec);
      const context = createContext(services, config, 'exporter', { id, metrics: factory.metrics });
      return [id, naming('exporter', id, () => factory.create(spec.raw, context))];
    }),
  );
}

function createReducers(
  plan: Plan,
  config: Config,
  services: Services,
  inside: Pick<Building, 'pipelines' | 'outlet'>,
): ReadonlyMap<string, Reducer> {
  const reducers = new Map<string, Reducer>();
  for (const id of plan.connectors) {
    const spec = specOf(config.connectors, id);
    const factory = factoryOf(services.registry.connectors, spec);
    if (factory.passes) continue;
    const context = createContext(services, config, 'connector', { id, metrics: factory.metrics });
    const output = createOutput(id, inside);
    reducers.set(
      id,
      naming('connector', id, () => factory.create(spec.raw, context, output)),
    );
  }
  return reducers;
}

/** Where a reducer's requests go: the pipelines of that signal that have it as a receiver. */
function createOutput(
  id: string,
  { pipelines, outlet }: Pick<Building, 'pipelines' | 'outlet'>,
): ConnectorOutput {
  return {
    emit: async (signal, bytes) => {
      if (outlet.isClosed) return;
      const target = targetsOf(id, [...pipelines.values()]).get(signal);
      if (target === undefined) throw new Error(`no ${signal} pipeline has "${id}" as a receiver`);
      const { verdict } = await target.consume(toRequest(signal, bytes));
      if (verdict.kind !== 'accepted') throw new Error(verdict.message);
    },
  };
}

async function buildPipeline(
  plan: PipelinePlan,
  building: Building,
  onCounters: (deltas: readonly CounterDelta[]) => void,
): Promise<Pipeline> {
  const { services, pool, staged } = building;
  const { id, signal } = plan.spec;
  const log =
    plan.exporters.length > 0 ? await building.openLog(id, signal, plan.storage) : undefined;
  const ends = log === undefined ? new Map() : await openEnds(plan, log, building);
  const chain = staged.chainOf.get(id);
  if (chain === undefined) throw new Error(`pipeline "${id}" has no chain`);
  const stage = createStage({
    chain,
    pool: pool.tasks,
    onCounters,
    ...(staged.spec.chains[chain]?.parts.length === 0 && { inline: pool.inline }),
    sink: createPipelineSink({
      signal,
      log,
      next: nextOf(plan, building),
      reducers: building.reducers,
      logger: services.logger,
      ledger: createPipelineLedger(id, log === undefined ? 'connector' : 'out', services.metrics),
    }),
  });
  return { plan, stage, log, ends };
}

/** Pipelines are built downstream first, so what a connector feeds is there already. */
function nextOf(plan: PipelinePlan, building: Building): readonly Consumer[] {
  return plan.connectors
    .filter(({ factory }) => factory.passes)
    .flatMap(({ targets }) => targets)
    .flatMap(({ id }) => building.pipelines.get(id)?.stage ?? []);
}

async function openEnds(
  plan: PipelinePlan,
  log: Log,
  building: Building,
): Promise<ReadonlyMap<string, ExporterEnd>> {
  const { config, services, jobs, staged } = building;
  const { id: pipeline, signal } = plan.spec;
  const ends = new Map<string, ExporterEnd>();
  for (const exporterId of plan.exporters) {
    const exporter = building.exporters.get(exporterId);
    if (exporter === undefined) throw new Error(`exporter "${exporterId}" was not built`);
    const spec = specOf(config.exporters, exporterId);
    const own = factoryOf(services.registry.exporters, spec).delivery(spec.raw);
    const end = await openExporterEnd({
      pipeline,
      signal,
      exporterId,
      exporter,
      settings: withPipelineBatch(own, plan.settings),
      log,
      encoder: staged.encoderOf.get(encoderKey(signal, exporterId)),
      jobs,
      services,
    });
    ends.set(exporterId, end);
    building.opened.push(end);
  }
  return ends;
}
