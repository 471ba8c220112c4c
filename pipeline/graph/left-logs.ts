import type { Signal } from '../component/signal.ts';
import type { Log } from '../log/log.ts';
import { findLogs } from '../log/find-logs.ts';
import type { FoundLog } from '../log/find-logs.ts';
import { openEnds } from './build-pipeline.ts';
import type { GraphParts } from './build-pipeline.ts';
import type { ExporterEnd } from './exporter-end.ts';
import type { PipelinePlan } from './plan.ts';

/** The log of a pipeline that is configured no more, whose exporters of the graph deliver what it owes them. */
export interface LeftLog {
  readonly pipeline: string;
  readonly log: Log;
  /** By exporter. */
  readonly ends: ReadonlyMap<string, ExporterEnd>;
}

/**
 * Opens the logs of pipelines that were renamed or taken away, in the storages that the graph uses: an exporter that the
 * graph has for the same signal goes on delivering what it owes there. For the others it is kept for a day.
 */
export async function openLeftLogs(parts: GraphParts): Promise<void> {
  const storages = new Set(parts.plan.pipelines.flatMap(({ storage }) => storage ?? []));
  for (const storage of storages) {
    const directory = parts.directories.get(storage);
    if (directory === undefined) continue;
    for (const found of await findLogs(directory)) {
      if (parts.pipelines.has(found.pipeline)) continue;
      const left = await openLeftLog(found, storage, parts);
      parts.left.push(left);
      tell(found, left, parts);
    }
  }
}

async function openLeftLog(
  { pipeline, signal, exporters }: FoundLog,
  storage: string,
  parts: GraphParts,
): Promise<LeftLog> {
  const opened = await parts.openLog(pipeline, signal, storage);
  const heirs = heirsOf(signal, storage, parts);
  const ends = new Map<string, ExporterEnd>();
  for (const exporter of exporters) {
    const heir = heirs.get(exporter);
    if (heir === undefined) continue;
    const spec = { id: pipeline, signal, receivers: [], processors: [], exporters: [exporter] };
    const plan = { spec, exporters: [exporter], settings: heir.settings };
    for (const [id, end] of await openEnds(plan, opened, parts)) {
      // A place that nobody holds is forgotten in a day.
      if (end.owedItems === 0) await end.release(0);
      ends.set(id, end);
    }
  }
  return { pipeline, log: opened.log, ends };
}

/** The pipelines whose settings an exporter's delivery follows, by exporter. */
function heirsOf(
  signal: Signal,
  storage: string,
  { plan }: GraphParts,
): ReadonlyMap<string, PipelinePlan> {
  const heirs = new Map<string, PipelinePlan>();
  for (const pipeline of plan.pipelines) {
    if (pipeline.spec.signal !== signal || pipeline.storage !== storage) continue;
    for (const exporter of pipeline.exporters) heirs.set(exporter, pipeline);
  }
  return heirs;
}

function tell(
  { pipeline, exporters }: FoundLog,
  { ends }: LeftLog,
  { services: { logger } }: GraphParts,
): void {
  for (const exporter of exporters) {
    const end = ends.get(exporter);
    if (end === undefined) {
      logger.warn('what a pipeline that is configured no more owes an exporter is kept for a day', {
        pipeline,
        exporter,
        mend: 'configure the pipeline or the exporter under that name again, and it is delivered',
      });
    } else if (end.owedItems > 0) {
      logger.info('what a pipeline that is configured no more owes is delivered by its exporter', {
        pipeline,
        exporter,
        items: end.owedItems,
      });
    }
  }
}
