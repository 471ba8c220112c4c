import type { Reducer } from '../component/connector.ts';
import type { DeliverySettings } from '../component/exporter.ts';
import type { Signal } from '../component/signal.ts';
import type { ComponentSpec, Config } from '../config/config.ts';
import { deadLetterFolder } from '../deliver/dead-letter-file.ts';
import type { Log } from '../log/log.ts';
import type { CounterDelta } from '../stage/counters.ts';
import type { DeliveryJobs } from '../stage/jobs.ts';
import { readMachine } from '../stage/machine.ts';
import type { SharedTableMemory } from '../stage/shared-table.ts';
import type { Stage } from '../stage/stage.ts';
import { createStage } from '../stage/stage.ts';
import { encoderKey } from './chain-specs.ts';
import type { SpecifiedStage } from './chain-specs.ts';
import type { BuiltPool } from './create-pool.ts';
import type { Slots } from './exchange.ts';
import { openExporterEnd, withPipelineBatch } from './exporter-end.ts';
import type { ExporterEnd } from './exporter-end.ts';
import { fanOut } from './fan-out.ts';
import type { IngressTarget, IngressTargets } from './ingress.ts';
import type { LeftLog } from './left-logs.ts';
import type { ExporterSlot } from './make-components.ts';
import { memoryBudgetOf, shareMemory } from './memory-budget.ts';
import { createPipelineLedger } from './pipeline-ledger.ts';
import { createPipelineSink } from './pipeline.ts';
import { factoryOf, specOf } from './plan.ts';
import type { PipelinePlan, Plan } from './plan.ts';
import type { Services } from './services.ts';

/**
 * Opens the log of a pipeline in the storage of that id, in memory where it names none. The logs are not the graph's: they
 * stay open over a reload.
 */
export type OpenLog = (
  pipeline: string,
  signal: Signal,
  storage: string | undefined,
) => Promise<OpenedLog>;

/** A log and where it is. */
export interface OpenedLog {
  readonly log: Log;
  /** Absolute path of its storage, whose folder of the pipeline is for what exporters set aside too; absent in memory. */
  readonly directory?: string;
}

/** What a connector has summed up, and what it was made of. */
export interface ReducerState {
  readonly spec: ComponentSpec;
  readonly state: unknown;
}

/** What a graph may take over from the one before it. */
export interface Heritage {
  /** Exporters that are configured the same run on, with their connections, files and ports. */
  readonly exporters: Slots<ExporterSlot>;
  /** What connectors that are configured the same go on counting in. */
  readonly reducers: Slots<ReducerState>;
  /** What workers remember over batches, by `tableKey`. */
  readonly tables: ReadonlyMap<string, SharedTableMemory>;
}

/** One pipeline of a graph. */
export interface Pipeline {
  readonly plan: PipelinePlan;
  readonly stage: Stage;
  readonly log: Log | undefined;
  /** As `Ingress.settled`, of this pipeline and those that get whole batches from it. */
  readonly settled: () => Promise<void>;
  /** By exporter. */
  readonly ends: ReadonlyMap<string, ExporterEnd>;
}

/** A graph's parts, while it is built and after. */
export interface GraphParts {
  readonly config: Config;
  readonly services: Services;
  readonly openLog: OpenLog;
  readonly plan: Plan;
  readonly staged: SpecifiedStage;
  readonly pool: BuiltPool;
  readonly jobs: DeliveryJobs;
  readonly onCounters: (deltas: readonly CounterDelta[]) => void;
  readonly exporters: Slots<ExporterSlot>;
  /** Exporters that are not from the graph before. */
  readonly freshExporters: readonly ExporterSlot[];
  readonly reducers: ReadonlyMap<string, Reducer>;
  readonly pipelines: Map<string, Pipeline>;
  /** Logs of pipelines that are configured no more. */
  readonly left: LeftLog[];
  /** Where the storages in use are, by their id. */
  readonly directories: Map<string, string>;
  /** Every end that holds a cursor, of pipelines that are not complete too. */
  readonly opened: ExporterEnd[];
  /** Whether what connectors emit still goes anywhere. */
  readonly outlet: { isClosed: boolean };
}

/** Builds one pipeline; what it feeds is built already. @throws Error where its log cannot be opened. */
export async function buildPipeline(plan: PipelinePlan, building: GraphParts): Promise<Pipeline> {
  const { services, pool, staged, onCounters } = building;
  const { id, signal } = plan.spec;
  const opened =
    plan.exporters.length > 0 ? await building.openLog(id, signal, plan.storage) : undefined;
  const log = opened?.log;
  if (plan.storage !== undefined && opened?.directory !== undefined) {
    building.directories.set(plan.storage, opened.directory);
  }
  const ends = opened === undefined ? new Map() : await openEnds(plan, opened, building);
  const chain = staged.chainOf.get(id);
  if (chain === undefined) throw new Error(`pipeline "${id}" has no chain`);
  const next = nextOf(plan, building);
  const stage = createStage({
    chain,
    pool: pool.tasks,
    onCounters,
    ...(staged.spec.chains[chain]?.parts.length === 0 && { inline: pool.inline }),
    sink: createPipelineSink({
      signal,
      log,
      next: next.map((pipeline) => pipeline.stage),
      reducers: building.reducers,
      logger: services.logger,
      ledger: createPipelineLedger(id, log === undefined ? 'connector' : 'out', services.metrics),
    }),
  });
  const settled = async (): Promise<void> => {
    await Promise.all([log?.settled(), ...next.map((pipeline) => pipeline.settled())]);
  };
  return { plan, stage, log, settled, ends };
}

/** Pipelines are built downstream first, so what a connector feeds is there already. */
function nextOf(plan: PipelinePlan, building: GraphParts): readonly Pipeline[] {
  return plan.connectors
    .filter(({ factory }) => factory.passes)
    .flatMap(({ targets }) => targets)
    .flatMap(({ id }) => building.pipelines.get(id) ?? []);
}

/** Opens the exporters' cursors on a pipeline's log; none delivers before it is started. */
export async function openEnds(
  plan: Pick<PipelinePlan, 'spec' | 'exporters' | 'settings'>,
  { log, directory }: OpenedLog,
  building: GraphParts,
): Promise<ReadonlyMap<string, ExporterEnd>> {
  const { config, services, jobs, staged } = building;
  const { id: pipeline, signal } = plan.spec;
  const ends = new Map<string, ExporterEnd>();
  const { pipelines } = building.plan;
  const budget = memoryBudgetOf(config.engine, pipelines, readMachine());
  const settingsOf = (exporterId: string): DeliverySettings => {
    const spec = specOf(config.exporters, exporterId);
    return factoryOf(config.factories.exporters, spec).delivery(spec.raw);
  };
  const withinShare = shareMemory(pipelines, budget, settingsOf);
  for (const exporterId of plan.exporters) {
    const slot = building.exporters.get(exporterId);
    if (slot === undefined) throw new Error(`exporter "${exporterId}" was not built`);
    const own = withPipelineBatch(settingsOf(exporterId), plan.settings);
    const end = await openExporterEnd({
      pipeline,
      signal,
      exporterId,
      exporter: slot.named.component,
      gate: slot.gate,
      settings: withinShare(own, directory === undefined),
      log,
      ...(directory !== undefined && {
        deadLetterFolder: deadLetterFolder(directory, pipeline, exporterId),
      }),
      encoder: staged.encoderOf.get(encoderKey(signal, exporterId)),
      jobs,
      services,
    });
    ends.set(exporterId, end);
    building.opened.push(end);
  }
  return ends;
}

/** What is behind a receiver or connector, by signal. */
export function targetsOf(receiver: string, pipelines: readonly Pipeline[]): IngressTargets {
  const bySignal = new Map<Signal, Pipeline[]>();
  for (const pipeline of pipelines) {
    const { spec } = pipeline.plan;
    if (!spec.receivers.includes(receiver)) continue;
    bySignal.set(spec.signal, [...(bySignal.get(spec.signal) ?? []), pipeline]);
  }
  return new Map([...bySignal].map(([signal, targets]) => [signal, toTarget(targets)]));
}

function toTarget(pipelines: readonly Pipeline[]): IngressTarget {
  const consumer = fanOut(pipelines.map(({ stage }) => stage));
  return {
    consume: (request) => consumer.consume(request),
    settled: async () => {
      await Promise.all(pipelines.map((pipeline) => pipeline.settled()));
    },
  };
}
