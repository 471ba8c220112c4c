import type { AdjustableBudget } from '../admission/byte-budget.ts';
import type { Clock, ComponentContext, Logger, MetricDeclarations } from '../component/context.ts';
import type { WorkerParts } from '../component/registry.ts';
import type { Config } from '../config/config.ts';
import type { ComponentKind, OwnMetrics } from '../telemetry/own-metrics.ts';

/** What a graph is built with; outlives it, so that a reload can build the next one with the same. */
export interface Services {
  readonly parts: WorkerParts;
  /** Absolute path of the workers' entry. */
  readonly workerEntry: string;
  readonly logger: Logger;
  readonly metrics: OwnMetrics;
  readonly clock: Clock;
  /** As the configuration that runs has it. */
  readonly ingressBudget: AdjustableBudget;
  /** What the engine and started extensions offer, by name. */
  readonly offers: Map<string, unknown>;
}

/** Makes the context of a component instance. */
export function createContext(
  services: Services,
  config: Pick<Config, 'dataDir'>,
  kind: ComponentKind,
  component: { readonly id: string; readonly metrics: MetricDeclarations },
): ComponentContext {
  const { id, metrics } = component;
  return {
    id,
    logger: services.logger.child({ [kind]: id }),
    meter: services.metrics.meter(kind, id, metrics),
    clock: services.clock,
    dataDir: config.dataDir,
    ingressBudget: services.ingressBudget,
    offer: (name) => services.offers.get(name),
  };
}
