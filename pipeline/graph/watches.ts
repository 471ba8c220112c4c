import type { Lifecycle } from '../component/lifecycle.ts';
import type { Config } from '../config/config.ts';
import type { StageSpec } from '../stage/spec.ts';
import { naming } from './lifecycles.ts';
import type { Named } from './lifecycles.ts';
import { factoryOf, specOf } from './plan.ts';
import { createContext } from './services.ts';
import type { Services } from './services.ts';

/**
 * Makes what processors run beside the workers on the main thread, once for each processor however many pipelines it is in.
 * @throws Error naming the one that cannot be made.
 */
export function createWatches(
  { chains }: StageSpec,
  config: Config,
  services: Services,
): readonly Named<Lifecycle>[] {
  const parts = chains
    .flatMap((chain) => chain.parts)
    .filter(({ part }) => part === 'transform')
    .map((part) => [part.id, part] as const);
  return [...new Map(parts).values()].flatMap(({ id, prepared }) => {
    const spec = specOf(config.processors, id);
    const factory = factoryOf(config.factories.processors, spec);
    if (factory.kind !== 'processor') return [];
    const context = createContext(services, config, 'processor', { id, metrics: factory.metrics });
    const component = naming('processor', id, () => factory.watch(spec.raw, prepared, context));
    return component === undefined ? [] : [{ id, kind: 'processor', component }];
  });
}
