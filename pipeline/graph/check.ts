import type { Config } from '../config/config.ts';
import { buildGraph } from './graph.ts';
import type { Services } from './services.ts';
import { createMemoryLog } from '../log/memory-log.ts';

/**
 * Builds the graph of a configuration and throws it away: what `weir validate` can find out without opening a port.
 * @throws Error where a component cannot be built.
 */
export async function checkGraph(config: Config, services: Services): Promise<void> {
  const { clock } = services;
  const graph = await buildGraph(config, services, (pipeline, signal) =>
    Promise.resolve({ log: createMemoryLog({ signal, idPrefix: pipeline, clock }) }),
  );
  await graph.stop({ leftMs: 0 });
}
