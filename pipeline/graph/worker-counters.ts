import type { Meter } from '../component/context.ts';
import type { Factory } from '../component/registry.ts';
import type { Config } from '../config/config.ts';
import type { CounterDelta } from '../stage/counters.ts';
import { messageOf } from './lifecycles.ts';
import { factoryOf, specOf } from './plan.ts';
import type { Services } from './services.ts';

/** Kinds of component that have worker parts. */
export type WorkerKind = 'processor' | 'connector' | 'exporter';

/** The id of a component and the metrics that its type declares. */
export function declaredMetrics(
  config: Config,
  kind: WorkerKind,
  id: string,
): { readonly id: string; readonly metrics: Parameters<Services['metrics']['meter']>[2] } {
  const section = `${kind}s` as const;
  const { metrics } = factoryOf<Factory>(config.factories[section], specOf(config[section], id));
  return { id, metrics };
}

/** Adds what worker parts counted to the counters that their factories declare. */
export function createCounterSink(
  config: Config,
  services: Services,
): (deltas: readonly CounterDelta[]) => void {
  const meters = new Map<string, Meter>();
  const meterOf = (kind: WorkerKind, id: string): Meter => {
    const key = `${kind}\0${id}`;
    let meter = meters.get(key);
    if (meter === undefined) {
      const { metrics } = declaredMetrics(config, kind, id);
      meter = services.metrics.meter(kind, id, metrics);
      meters.set(key, meter);
    }
    return meter;
  };
  return (deltas) => {
    for (const { kind, component, name, labels, value } of deltas) {
      try {
        meterOf(kind, component).count(name, labels, value);
      } catch (error) {
        // A counter that its factory does not declare is a bug, and no reason to lose the requests that it counted.
        services.logger.error('a worker part counted what it may not', {
          [kind]: component,
          error: messageOf(error),
        });
      }
    }
  };
}
