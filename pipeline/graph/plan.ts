import type { Config, ComponentSpec, PipelineSpec } from '../config/config.ts';
import type { ConnectorFactory } from '../component/connector.ts';
import type { Factory } from '../component/registry.ts';
import type { EngineSettings, ProcessorFactory } from '../component/processor.ts';
import type { Signal } from '../component/signal.ts';

/** A connector of a pipeline, at its end. */
export interface ConnectorEnd {
  readonly spec: ComponentSpec;
  readonly factory: ConnectorFactory;
  /** Pipelines that have it as a receiver. */
  readonly targets: readonly PipelineSpec[];
}

/** A processor that runs over batches. */
export interface ProcessorStep {
  readonly spec: ComponentSpec;
  readonly factory: ProcessorFactory;
}

/** One pipeline, with its ids looked up. */
export interface PipelinePlan {
  readonly spec: PipelineSpec;
  readonly steps: readonly ProcessorStep[];
  readonly exporters: readonly string[];
  readonly connectors: readonly ConnectorEnd[];
  readonly settings: readonly EngineSettings[];
  /** Id of the storage extension that its log is in: the one that any of its exporters names; undefined means memory. */
  readonly storage: string | undefined;
}

/** What is to be built: only what pipelines use. */
export interface Plan {
  /** In an order in which what a connector feeds comes before what feeds it. */
  readonly pipelines: readonly PipelinePlan[];
  readonly receivers: readonly string[];
  readonly exporters: readonly string[];
  readonly connectors: readonly string[];
  /** What settings of the engine came of, one line each. */
  readonly notes: readonly string[];
}

/** The configuration asks for something that its components cannot do. */
class GraphError extends Error {
  override readonly name = 'GraphError';
}

/**
 * Looks up everything that the pipelines name.
 * @throws GraphError where a component does not carry a pipeline's signal, or connectors form a circle.
 */
export function planGraph(config: Config): Plan {
  const notes: string[] = [];
  const pipelines = config.pipelines.map((spec) => planPipeline(spec, config, notes));
  const isConnector = (id: string): boolean => config.connectors.has(id);
  return {
    pipelines: downstreamFirst(pipelines),
    receivers: usedIds(config.pipelines, 'receivers').filter((id) => !isConnector(id)),
    exporters: usedIds(config.pipelines, 'exporters').filter((id) => !isConnector(id)),
    connectors: usedIds(config.pipelines, 'exporters').filter(isConnector),
    notes: [...new Set(notes)],
  };
}

function usedIds(
  pipelines: readonly PipelineSpec[],
  side: 'receivers' | 'exporters',
): readonly string[] {
  return [...new Set(pipelines.flatMap((pipeline) => pipeline[side]))];
}

function planPipeline(spec: PipelineSpec, config: Config, notes: string[]): PipelinePlan {
  const steps: ProcessorStep[] = [];
  const settings: EngineSettings[] = [];
  for (const id of spec.processors) {
    const component = specOf(config.processors, id);
    const factory = factoryOf(config.factories.processors, component);
    requireSignal(factory, component, spec.signal);
    if (factory.kind === 'processor') {
      steps.push({ spec: component, factory });
    } else {
      settings.push(factory.settings(component.raw));
      notes.push(`${id}: ${factory.note}`);
    }
  }
  const exporters = spec.exporters.filter((id) => !config.connectors.has(id));
  for (const id of exporters) {
    const component = specOf(config.exporters, id);
    const factory = factoryOf(config.factories.exporters, component);
    requireSignal(factory, component, spec.signal);
    notes.push(...factory.delivery(component.raw).notes.map((note) => `${id}: ${note}`));
  }
  for (const id of spec.receivers) {
    if (config.connectors.has(id)) continue;
    const component = specOf(config.receivers, id);
    requireSignal(factoryOf(config.factories.receivers, component), component, spec.signal);
  }
  const connectors = spec.exporters
    .filter((id) => config.connectors.has(id))
    .map((id) => planConnector(id, spec, config));
  const storage = storageNamedBy(exporters, config);
  return { spec, steps, exporters, connectors, settings, storage };
}

/**
 * A pipeline has one log.
 * @throws GraphError where its exporters name two storages.
 */
function storageNamedBy(exporters: readonly string[], config: Config): string | undefined {
  const named = exporters.flatMap((id) => {
    const component = specOf(config.exporters, id);
    return (
      factoryOf(config.factories.exporters, component).delivery(component.raw).queue.storage ?? []
    );
  });
  const [first, second] = new Set(named);
  if (second === undefined) return first;
  throw new GraphError(`exporters of one pipeline name the storages "${first}" and "${second}"`);
}

function planConnector(id: string, from: PipelineSpec, config: Config): ConnectorEnd {
  const spec = specOf(config.connectors, id);
  const factory = factoryOf(config.factories.connectors, spec);
  const targets = config.pipelines.filter((pipeline) => pipeline.receivers.includes(id));
  const reachable = targets.filter(({ signal }) =>
    factory.connects.some((pair) => pair.from === from.signal && pair.to === signal),
  );
  if (reachable.length === 0) {
    throw new GraphError(
      targets.length === 0
        ? `connector "${id}" ends pipeline "${from.id}" and begins none: name it among the receivers of another`
        : `connector "${id}" cannot connect ${from.signal} of "${from.id}" to ${targets.map((target) => target.id).join(', ')}`,
    );
  }
  return { spec, factory, targets: reachable };
}

/**
 * The component of that id.
 * @throws GraphError where there is none.
 */
export function specOf(specs: ReadonlyMap<string, ComponentSpec>, id: string): ComponentSpec {
  const spec = specs.get(id);
  if (spec === undefined) throw new GraphError(`"${id}" is not configured`);
  return spec;
}

/**
 * The factory of a component.
 * @throws GraphError where this build has none of that type.
 */
export function factoryOf<F extends Factory>(
  factories: ReadonlyMap<string, F>,
  spec: ComponentSpec,
): F {
  const factory = factories.get(spec.type);
  if (factory === undefined) throw new GraphError(`"${spec.id}": no component type "${spec.type}"`);
  return factory;
}

function requireSignal(
  factory: { readonly kind: string; readonly signals: readonly Signal[] },
  spec: ComponentSpec,
  signal: Signal,
): void {
  if (factory.signals.includes(signal)) return;
  throw new GraphError(
    `${factory.kind} "${spec.id}" does not carry ${signal}, only ${factory.signals.join(', ')}`,
  );
}

function downstreamFirst(pipelines: readonly PipelinePlan[]): readonly PipelinePlan[] {
  const byId = new Map(pipelines.map((pipeline) => [pipeline.spec.id, pipeline]));
  const ordered = new Set<PipelinePlan>();
  const visit = (pipeline: PipelinePlan, path: readonly string[]): void => {
    const { id } = pipeline.spec;
    if (path.includes(id)) {
      throw new GraphError(`connectors form a circle: ${[...path, id].join(' → ')}`);
    }
    if (ordered.has(pipeline)) return;
    for (const target of pipeline.connectors.flatMap((connector) => connector.targets)) {
      const next = byId.get(target.id);
      if (next !== undefined) visit(next, [...path, id]);
    }
    ordered.add(pipeline);
  };
  for (const pipeline of pipelines) visit(pipeline, []);
  return [...ordered];
}
