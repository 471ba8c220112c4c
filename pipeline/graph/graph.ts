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
import { shutdownAll, startAll } from './lifecycles.ts';
import type { Deadline, Named } from './lifecycles.ts';
import { createPipelineSink, toRequest } from './pipeline.ts';
import { createPipelineLedger } from './pipeline-ledger.ts';
import { factoryOf, planGraph, specOf } from './plan.ts';
import type { PipelinePlan, Plan } from './plan.ts';
import { createContext } from './services.ts';
import { createCounterSink, declaredMetrics } from './worker-counters.ts';
import type { Services } from './services.ts';

/** Opens the log of a pipeline. The logs are not the graph's: they stay open over a reload. */
export type OpenLog = (pipeline: string, signal: Signal) => Promise<Log>;

/** Pipelines with their exporters and connectors: everything behind the receivers. */
export interface Graph {
  /** Ids of the receivers that feed it. */
  readonly receivers: readonly string[];
  readonly notes: readonly string[];
  readonly threads: number;
  /** What is behind a receiver. */
  targetsOf(receiver: string): IngressTargets;
  /** Exporters, connectors, workers, deliveries. @throws Error naming the component that did not start. */
  start(): Promise<void>;
  /** Lets what is inside flow out, upstream first, and shuts everything down. Nothing may be sent in any more. */
  stop(deadline: Deadline): Promise<void>;
}

interface Pipeline {
  readonly plan: PipelinePlan;
  readonly stage: Stage;
  readonly log: Log | undefined;
  readonly ends: readonly ExporterEnd[];
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
  const building: Building = {
    config,
    services,
    openLog,
    plan,
    staged,
    pool,
    jobs: createDeliveryJobs(pool.tasks, countWorkers),
    exporters: createExporters(plan, config, services),
    reducers: createReducers(plan, config, services, pipelines),
    pipelines,
  };
  for (const pipeline of plan.pipelines) {
    pipelines.set(pipeline.spec.id, await buildPipeline(pipeline, building, countWorkers));
  }
  return toGraph(building);
}

function toGraph(building: Building): Graph {
  const { plan, pool, services, pipelines } = building;
  const exporters = named('exporter', building.exporters);
  const reducers = named('connector', building.reducers);
  const upstreamFirst = [...pipelines.values()].reverse();
  let isStopped = false;
  return {
    receivers: plan.receivers,
    notes: plan.notes,
    threads: pool.tasks.threads,
    targetsOf: (receiver) => targetsOf(receiver, [...pipelines.values()]),
    start: async () => {
      await startAll([...exporters, ...reducers]);
      await pool.tasks.start();
      for (const { ends } of pipelines.values()) for (const end of ends) end.start();
    },
    stop: async (deadline) => {
      if (isStopped) return;
      isStopped = true;
      await drainPipelines(upstreamFirst, building.reducers, deadline, services);
      await shutdownAll(exporters, deadline, services.logger);
      await pool.tasks.close();
    },
  };
}

/** A connector is shut down once everything that feeds it is empty: it hands on its last state then. */
async function drainPipelines(
  upstreamFirst: readonly Pipeline[],
  reducers: ReadonlyMap<string, Reducer>,
  deadline: Deadline,
  { logger, clock }: Services,
): Promise<void> {
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
  for (const { log } of upstreamFirst) log?.seal();
  const ends = upstreamFirst.flatMap((pipeline) => pipeline.ends);
  await Promise.all(ends.map((end) => end.stop(deadline.leftMs)));
}

/** How often shutdown looks whether a stage has run empty. */
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
      return [id, factory.create(spec.raw, context)];
    }),
  );
}

function createReducers(
  plan: Plan,
  config: Config,
  services: Services,
  pipelines: ReadonlyMap<string, Pipeline>,
): ReadonlyMap<string, Reducer> {
  const reducers = new Map<string, Reducer>();
  for (const id of plan.connectors) {
    const spec = specOf(config.connectors, id);
    const factory = factoryOf(services.registry.connectors, spec);
    if (factory.passes) continue;
    const context = createContext(services, config, 'connector', { id, metrics: factory.metrics });
    reducers.set(id, factory.create(spec.raw, context, createOutput(id, pipelines)));
  }
  return reducers;
}

/** Where a reducer's requests go: the pipelines of that signal that have it as a receiver. */
function createOutput(id: string, pipelines: ReadonlyMap<string, Pipeline>): ConnectorOutput {
  return {
    emit: async (signal, bytes) => {
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
  const log = plan.exporters.length > 0 ? await building.openLog(id, signal) : undefined;
  const ends = log === undefined ? [] : await openEnds(plan, log, building);
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

function openEnds(
  plan: PipelinePlan,
  log: Log,
  building: Building,
): Promise<readonly ExporterEnd[]> {
  const { config, services, jobs, staged } = building;
  const { id: pipeline, signal } = plan.spec;
  return Promise.all(
    plan.exporters.map((exporterId) => {
      const exporter = building.exporters.get(exporterId);
      if (exporter === undefined) throw new Error(`exporter "${exporterId}" was not built`);
      const spec = specOf(config.exporters, exporterId);
      const own = factoryOf(services.registry.exporters, spec).delivery(spec.raw);
      return openExporterEnd({
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
    }),
  );
}
