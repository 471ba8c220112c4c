import type { Batch, DropReason } from '../batch/batch.ts';
import type { Keys } from '../batch/key.ts';
import type { WorkerParts } from '../component/registry.ts';
import type { SharedTable } from '../component/shared-table.ts';
import type { SummaryMap, Transform, WorkerContext, WorkerPart } from '../component/transform.ts';
import type { Signal } from '../component/signal.ts';
import type { TaskCounters } from './counters.ts';
import { openSharedTable } from './shared-table.ts';
import { tableKey } from './spec.ts';
import type { ChainSpec, PartSpec, StageSpec } from './spec.ts';
import type { DropCount, Summary } from './task.ts';

/** What the parts of one thread share. */
export interface Workshop {
  readonly spec: StageSpec;
  readonly parts: WorkerParts;
  readonly keys: Keys;
  readonly counters: TaskCounters;
}

type Step =
  | { readonly kind: 'transform'; readonly id: string; readonly run: Transform }
  | { readonly kind: 'map'; readonly id: string; readonly run: SummaryMap };

/** The transforms and maps of one pipeline in one thread. */
export interface Chain {
  readonly signal: Signal;
  /** Whether it has no parts: what comes goes on as it is. */
  readonly isEmpty: boolean;
  /** Runs every part over the batch; adds what they drop and sum up. @throws PartError where a part throws. */
  run(batch: Batch, drops: DropCount[], summaries: Summary[]): void;
}

/** A part threw. */
export class PartError extends Error {
  override readonly name = 'PartError';
  readonly component: string;

  constructor(component: string, cause: unknown) {
    super(`"${component}" failed`, { cause });
    this.component = component;
  }
}

const dropReasons: readonly DropReason[] = ['filtered', 'blocked', 'sampled_out', 'invalid'];

/**
 * Loads and builds the parts of a chain in this thread.
 * @throws Error where a part is not in the build.
 */
export async function createChain(chain: ChainSpec, workshop: Workshop): Promise<Chain> {
  const steps = await Promise.all(
    chain.parts.map((part) => createStep(part, chain.signal, workshop)),
  );
  return {
    signal: chain.signal,
    isEmpty: steps.length === 0,
    run: (batch, drops, summaries) => {
      for (const step of steps) {
        try {
          if (step.kind === 'transform') runTransform(step, batch, drops);
          else runMap(step, batch, summaries);
        } catch (error) {
          throw new PartError(step.id, error);
        }
      }
    },
  };
}

async function createStep(part: PartSpec, signal: Signal, workshop: Workshop): Promise<Step> {
  const found = await loadPart(workshop.parts, part);
  const context = createWorkerContext(part, signal, workshop);
  if (found.part === 'transform') {
    return {
      kind: 'transform',
      id: part.id,
      run: found.create(part.config, part.prepared, context),
    };
  }
  if (found.part === 'map') {
    return { kind: 'map', id: part.id, run: found.create(part.config, part.prepared, context) };
  }
  throw new Error(`"${part.id}" has no part that runs over batches`);
}

/**
 * The worker part that a spec names.
 * @throws Error where it is not in the build.
 */
export async function loadPart(parts: WorkerParts, spec: PartSpec): Promise<WorkerPart> {
  const load = parts[spec.part][spec.type];
  if (load === undefined) throw new Error(`"${spec.id}" has no worker part "${spec.part}"`);
  return load();
}

/** What a part gets in this thread. */
export function createWorkerContext(
  part: PartSpec,
  signal: Signal,
  workshop: Workshop,
): WorkerContext {
  const tables = new Map<string, SharedTable>();
  return {
    id: part.id,
    signal,
    keys: workshop.keys,
    count: (name, labels = {}, value = 1) => {
      workshop.counters.count(part, name, labels, value);
    },
    sharedTable: (name) => {
      const open = tables.get(name);
      if (open !== undefined) return open;
      const memory = workshop.spec.tables.get(tableKey(part.id, name));
      if (memory === undefined) throw new Error(`"${part.id}" declares no shared table "${name}"`);
      const table = openSharedTable(memory);
      tables.set(name, table);
      return table;
    },
  };
}

function runTransform(
  step: { readonly id: string; readonly run: Transform },
  batch: Batch,
  drops: DropCount[],
): void {
  const before = batch.items;
  if (before === 0) return;
  const dropped = dropReasons.map((reason) => batch.dropped(reason));
  step.run(batch);
  if (batch.items === before) return;
  dropReasons.forEach((reason, index) => {
    const items = batch.dropped(reason) - (dropped[index] ?? 0);
    if (items > 0) drops.push({ component: step.id, reason, items });
  });
}

function runMap(
  step: { readonly id: string; readonly run: SummaryMap },
  batch: Batch,
  summaries: Summary[],
): void {
  if (batch.items === 0) return;
  const summary = step.run(batch);
  if (summary !== undefined) summaries.push({ component: step.id, summary });
}
