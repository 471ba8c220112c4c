import type { Receiver } from '../component/receiver.ts';
import type { ComponentSpec, Config } from '../config/config.ts';
import type { Slot, Slots } from './exchange.ts';
import type { Graph } from './graph.ts';
import { createIngress } from './ingress.ts';
import type { SwappableIngress } from './ingress.ts';
import { factoryOf, specOf } from './plan.ts';
import { createContext } from './services.ts';
import type { Services } from './services.ts';

/** A receiver and its exchangeable pipelines. */
export interface Source extends Slot<Receiver> {
  readonly entrance: SwappableIngress;
}

/** The receivers that feed a graph. */
export function receiversOf(graph: Graph, config: Config): readonly ComponentSpec[] {
  return graph.receivers.map((id) => specOf(config.receivers, id));
}

/** Makes a receiver with the graph behind it. */
export function makeSource(
  spec: ComponentSpec,
  { graph, config, services }: { graph: Graph; config: Config; services: Services },
): Source {
  const { id } = spec;
  const factory = factoryOf(config.factories.receivers, spec);
  const context = createContext(services, config, 'receiver', { id, metrics: factory.metrics });
  const entrance = createIngress(id, services.metrics);
  entrance.swap(graph.targetsOf(id));
  const component = factory.create(spec.raw, context, entrance.ingress);
  return { spec, named: { id, kind: 'receiver', component }, entrance };
}

/** Puts a graph behind receivers: from here on their requests go into it. */
export function swapTargets(sources: Slots<Source>, graph: Graph | undefined): void {
  for (const [id, { entrance }] of sources) entrance.swap(graph?.targetsOf(id) ?? new Map());
}
