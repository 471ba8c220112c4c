import type { Reducer } from '../component/connector.ts';
import type { GraphParts } from './build-pipeline.ts';
import type { ExporterEnd } from './exporter-end.ts';
import type { Graph } from './graph.ts';
import { createDeadline, shutdownAll } from './lifecycles.ts';
import type { Deadline, Named } from './lifecycles.ts';

/** Lets go of a graph that never carried a request; what it shares with the one before it runs on. */
export async function discard(parts: GraphParts): Promise<void> {
  const { opened, pool, services } = parts;
  const reducers = namedReducers(parts);
  const exporters = parts.freshExporters.map(({ named }) => named);
  parts.outlet.isClosed = true;
  await Promise.all(opened.map((one) => one.release(0)));
  const deadline = createDeadline(services.clock, discardMs);
  await shutdownAll([...reducers, ...exporters], deadline, services.logger);
  await pool.tasks.close();
}

/** How long components of a graph that is thrown away may take to end. */
export const discardMs = 5000;

/** Ends with an heir give their cursors up at once; the others wait for the last requests and deliver what they can. */
export async function handOver(parts: GraphParts, next: Graph, deadline: Deadline): Promise<void> {
  const { pipelines, left, services } = parts;
  const heirless: ExporterEnd[] = [];
  const released: Promise<void>[] = [];
  for (const { log, ends } of [...pipelines.values(), ...left]) {
    for (const [exporterId, one] of ends) {
      if (log === undefined) continue;
      if (log.isDurable || next.reads(log, exporterId)) released.push(one.release(deadline.leftMs));
      else heirless.push(one);
    }
  }
  await drainStages(parts, deadline);
  const drained = heirless.map(async (one) => {
    while (one.owedItems > 0 && deadline.leftMs > 0) await services.clock.sleep(pollMs);
    await one.release(deadline.leftMs);
  });
  await Promise.all([...released, ...drained]);
}

/** A connector is shut down once everything that feeds it is empty: it hands on its last state then. */
export async function drainStages(
  { pipelines, reducers, services: { logger, clock } }: GraphParts,
  deadline: Deadline,
): Promise<void> {
  const upstreamFirst = [...pipelines.values()].reverse();
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
}

/** How often an ending graph looks whether a stage or an exporter has run empty. */
const pollMs = 5;

/** The connectors of a graph that reduce. */
export function namedReducers({ reducers }: GraphParts): readonly Named<Reducer>[] {
  return [...reducers].map(([id, component]) => ({ id, kind: 'connector', component }));
}

/** Says what exporters leave on disk for the next start. */
export function tellWhatStays({ pipelines, left, services: { logger } }: GraphParts): void {
  const all = [...pipelines].map(([pipeline, one]) => ({ ...one, pipeline }));
  for (const { pipeline, log, ends } of [...all, ...left]) {
    if (log?.isDurable !== true) continue;
    for (const [exporter, { owedItems: items }] of ends) {
      if (items === 0) continue;
      logger.info('what is not delivered stays on disk', { pipeline, exporter, items });
    }
  }
}
