import type { ConnectorOutput, Reducer } from '../component/connector.ts';
import type { Exporter } from '../component/exporter.ts';
import type { ComponentSpec, Config } from '../config/config.ts';
import { createAuthGate } from '../deliver/auth-gate.ts';
import type { AuthGate } from '../deliver/auth-gate.ts';
import { targetsOf } from './build-pipeline.ts';
import type { GraphParts, Heritage, ReducerState } from './build-pipeline.ts';
import { isSameSpec } from './config-changes.ts';
import type { Slot, Slots } from './exchange.ts';
import { naming } from './lifecycles.ts';
import { toRequest } from './pipeline.ts';
import { factoryOf, specOf } from './plan.ts';
import type { Plan } from './plan.ts';
import { createContext } from './services.ts';
import type { Services } from './services.ts';

/** An exporter with what its pipelines share. */
export interface ExporterSlot extends Slot<Exporter> {
  /** Whether its sink takes the credentials. */
  readonly gate: AuthGate;
  /** Names of the offers that it has asked for, and may hold on to. */
  readonly asked: ReadonlySet<string>;
}

/** Makes an exporter. @throws Error naming it, where it cannot be made. */
export function makeExporter(
  spec: ComponentSpec,
  config: Config,
  services: Services,
): ExporterSlot {
  const { id } = spec;
  const factory = factoryOf(config.factories.exporters, spec);
  const given = createContext(services, config, 'exporter', { id, metrics: factory.metrics });
  const asked = new Set<string>();
  const offer = (name: string): unknown => {
    asked.add(name);
    return given.offer(name);
  };
  const component = naming('exporter', id, () => factory.create(spec.raw, { ...given, offer }));
  const gate = createAuthGate(given.clock, given.logger);
  return { spec, named: { id, kind: 'exporter', component }, gate, asked };
}

/** Makes the connectors that reduce. @throws Error naming the one that cannot be made. */
export function createReducers(
  plan: Plan,
  config: Config,
  services: Services,
  inside: Pick<GraphParts, 'pipelines' | 'outlet'> & Pick<Heritage, 'reducers'>,
): ReadonlyMap<string, Reducer> {
  const reducers = new Map<string, Reducer>();
  for (const id of plan.connectors) {
    const spec = specOf(config.connectors, id);
    const factory = factoryOf(config.factories.connectors, spec);
    if (factory.passes) continue;
    const context = createContext(services, config, 'connector', { id, metrics: factory.metrics });
    const output = createOutput(id, inside);
    const old = inside.reducers.get(id);
    const inherited = isSameSpec(old?.spec, spec) ? old?.state : undefined;
    reducers.set(
      id,
      naming('connector', id, () => factory.create(spec.raw, context, output, inherited)),
    );
  }
  return reducers;
}

/** What the graph after this one may go on counting in. */
export function statesOf(
  reducers: ReadonlyMap<string, Reducer>,
  config: Config,
): Slots<ReducerState> {
  return new Map(
    [...reducers].map(([id, { state }]) => [id, { spec: specOf(config.connectors, id), state }]),
  );
}

/** Where a reducer's requests go: the pipelines of that signal that have it as a receiver. */
function createOutput(
  id: string,
  { pipelines, outlet }: Pick<GraphParts, 'pipelines' | 'outlet'>,
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
