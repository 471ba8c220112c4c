import type { Config } from '../config/config.ts';
import type { ComponentContext } from '../component/context.ts';
import type { WorkerParts } from '../component/registry.ts';
import { allocateSharedTable } from '../stage/shared-table.ts';
import type { SharedTableMemory } from '../stage/shared-table.ts';
import { tableKey } from '../stage/spec.ts';
import { readMachine } from '../stage/machine.ts';
import type { ChainSpec, EncoderSpec, PartSpec, StageSpec } from '../stage/spec.ts';
import { nameError } from './lifecycles.ts';
import { factoryOf, specOf } from './plan.ts';
import { memoryBudgetOf } from './memory-budget.ts';
import type { ConnectorEnd, PipelinePlan, Plan, ProcessorStep } from './plan.ts';

/** What `specifyStage` needs. */
export interface StageSources {
  readonly plan: Plan;
  readonly config: Config;
  readonly parts: WorkerParts;
  /** Tables of the graph before, which are used again where they have the size that is asked for. */
  readonly tables: ReadonlyMap<string, SharedTableMemory>;
  /** The context of a component, for its `prepare`. */
  contextOf(kind: 'processor' | 'connector' | 'exporter', id: string): ComponentContext;
}

/** A stage's spec and where in it each pipeline and exporter stands. */
export interface SpecifiedStage {
  readonly spec: StageSpec;
  /** Index of a pipeline's chain. */
  readonly chainOf: ReadonlyMap<string, number>;
  /** Index of an exporter's encoder, by pipeline signal and exporter id; see `encoderKey`. */
  readonly encoderOf: ReadonlyMap<string, number>;
}

/** The key of `SpecifiedStage.encoderOf`. */
export function encoderKey(signal: string, exporterId: string): string {
  return `${signal}\0${exporterId}`;
}

type Preparer = (
  kind: 'processor' | 'connector' | 'exporter',
  id: string,
  prepare: (context: ComponentContext) => Promise<unknown>,
) => Promise<unknown>;

/** Parses and prepares everything that runs in workers. Each component is prepared once, however many pipelines it is in. */
export async function specifyStage(sources: StageSources): Promise<SpecifiedStage> {
  const prepared = new Map<string, Promise<unknown>>();
  const prepare: Preparer = (kind, id, run) => {
    const key = `${kind}\0${id}`;
    const running =
      prepared.get(key) ??
      run(sources.contextOf(kind, id)).catch((error: unknown) => {
        throw nameError(kind, id, error);
      });
    prepared.set(key, running);
    return running;
  };
  const chains: ChainSpec[] = [];
  const chainOf = new Map<string, number>();
  for (const pipeline of sources.plan.pipelines) {
    chainOf.set(pipeline.spec.id, chains.length);
    chains.push(await specifyChain(pipeline, prepare));
  }
  const { encoders, encoderOf } = await specifyEncoders(sources, prepare);
  const limits = sources.config.engine.itemLimits;
  const budget = memoryBudgetOf(sources.config.engine, sources.plan.pipelines, readMachine());
  const { softBytes } = budget.resident;
  const spec = { chains, encoders, tables: allocateTables(sources), limits, softBytes };
  return { spec, chainOf, encoderOf };
}

async function specifyChain(pipeline: PipelinePlan, prepare: Preparer): Promise<ChainSpec> {
  const maps = pipeline.connectors.filter(({ factory }) => !factory.passes);
  const firstSampler = pipeline.steps.findIndex(({ factory }) => factory.samples);
  const mapsAt = firstSampler < 0 ? pipeline.steps.length : firstSampler;
  const steps: (ProcessorStep | ConnectorEnd)[] = [
    ...pipeline.steps.slice(0, mapsAt),
    ...maps,
    ...pipeline.steps.slice(mapsAt),
  ];
  const parts = await Promise.all(steps.map((step) => specifyPart(step, prepare)));
  return { pipeline: pipeline.spec.id, signal: pipeline.spec.signal, parts };
}

async function specifyPart(
  {
    spec,
    factory,
  }: Pick<ProcessorStep, 'spec'> & {
    readonly factory: ProcessorStep['factory'] | ConnectorEnd['factory'];
  },
  prepare: Preparer,
): Promise<PartSpec> {
  const { id, raw } = spec;
  return {
    part: factory.kind === 'processor' ? 'transform' : 'map',
    type: factory.type,
    id,
    config: factory.schema.parse(raw),
    prepared: await prepare(factory.kind, id, (context) => factory.prepare(raw, context)),
  };
}

async function specifyEncoders(
  { plan, config, parts }: StageSources,
  prepare: Preparer,
): Promise<{ readonly encoders: EncoderSpec[]; readonly encoderOf: Map<string, number> }> {
  const encoders: EncoderSpec[] = [];
  const encoderOf = new Map<string, number>();
  for (const { spec, exporters } of plan.pipelines) {
    for (const id of exporters) {
      const component = specOf(config.exporters, id);
      const factory = factoryOf(config.factories.exporters, component);
      const key = encoderKey(spec.signal, id);
      const hasEncoder = factory.type in parts.encode && factory.encodes(component.raw);
      const prepared = await prepare('exporter', id, (context) =>
        factory.prepare(component.raw, context),
      );
      if (!hasEncoder || encoderOf.has(key)) continue;
      encoderOf.set(key, encoders.length);
      const configOf = factory.schema.parse(component.raw);
      const part: PartSpec = { part: 'encode', type: factory.type, id, config: configOf, prepared };
      encoders.push({ signal: spec.signal, part });
    }
  }
  return { encoders, encoderOf };
}

function allocateTables({
  plan,
  tables: old,
}: Pick<StageSources, 'plan' | 'tables'>): ReadonlyMap<string, SharedTableMemory> {
  const tables = new Map<string, SharedTableMemory>();
  for (const { spec, factory } of plan.pipelines.flatMap((pipeline) => pipeline.steps)) {
    for (const [name, { capacity }] of Object.entries(factory.sharedTables)) {
      const key = tableKey(spec.id, name);
      if (tables.has(key)) continue;
      const known = old.get(key);
      const fresh = allocateSharedTable(capacity);
      tables.set(key, known?.capacity === fresh.capacity ? known : fresh);
    }
  }
  return tables;
}
