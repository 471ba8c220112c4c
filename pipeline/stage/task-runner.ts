import type { Batch, BatchReader } from '../batch/batch.ts';
import { createBatchReader } from '../batch/batch-reader.ts';
import { createKeys } from '../batch/create-keys.ts';
import { QuickCounter } from '../batch/quick-count.ts';
import type { WorkerParts } from '../component/registry.ts';
import type { Encode } from '../component/transform.ts';
import { createChain, createWorkerContext, loadPart } from './chain.ts';
import type { Workshop } from './chain.ts';
import { createTaskCounters } from './counters.ts';
import { createStageRunner } from './stage-runner.ts';
import type { EncoderSpec, StageSpec } from './spec.ts';
import type {
  EncodeAnswer,
  EncodeTask,
  SplitAnswer,
  SplitTask,
  StageAnswer,
  StageTask,
} from './task.ts';

/** Runs tasks one after the other: the very same function in a worker and, with `workers: 0`, on the main thread. */
export interface TaskRunner {
  readonly stage: (task: StageTask) => StageAnswer;
  encode(task: EncodeTask): EncodeAnswer;
  split(task: SplitTask): SplitAnswer;
}

/**
 * Builds every chain and encoder of a graph in this thread, and loads no other part than theirs.
 * @throws Error where a part is not in the build.
 */
export async function createTaskRunner(spec: StageSpec, parts: WorkerParts): Promise<TaskRunner> {
  const keys = createKeys();
  const counters = createTaskCounters();
  const workshop: Workshop = { spec, parts, keys, counters };
  const [chains, encoders] = await Promise.all([
    Promise.all(spec.chains.map((chain) => createChain(chain, workshop))),
    Promise.all(spec.encoders.map((encoder) => createEncoder(encoder, workshop))),
  ]);
  const reader = createBatchReader(keys);
  const quick = new QuickCounter(spec.limits);
  const stage = createStageRunner({ chains, reader, quick, keys, counters, limits: spec.limits });
  return {
    stage,
    encode: (task) => {
      const encode = encoders[task.encoder];
      if (encode === undefined) throw new Error(`no encoder ${String(task.encoder)}`);
      try {
        const payloads = encode(task.slice, reader);
        counters.keep();
        return withCounters(payloads, counters.take());
      } finally {
        counters.forget();
      }
    },
    split: (task) => splitRequest(reader, task),
  };
}

async function createEncoder(encoder: EncoderSpec, workshop: Workshop): Promise<Encode> {
  const part = await loadPart(workshop.parts, encoder.part);
  if (part.part !== 'encode') throw new Error(`"${encoder.part.id}" has no encoder`);
  const context = createWorkerContext(encoder.part, encoder.signal, workshop);
  return part.create(encoder.part.config, encoder.part.prepared, context);
}

function withCounters(
  payloads: EncodeAnswer['payloads'],
  counters: EncodeAnswer['counters'],
): EncodeAnswer {
  return counters === undefined ? { payloads } : { payloads, counters };
}

/** Cuts a request in two by items, the same way each time, so that ids of halves stay stable. */
function splitRequest(reader: BatchReader, task: SplitTask): SplitAnswer {
  const count = countItems(reader.open(task.signal, task.bytes));
  if (count < 2) return { halves: [] };
  const middle = Math.ceil(count / 2);
  return {
    halves: [
      keepRange(reader.open(task.signal, task.bytes), 0, middle),
      keepRange(reader.open(task.signal, task.bytes), middle, count),
    ],
  };
}

function countItems(batch: Batch): number {
  let last = -1;
  for (const item of batch) last = item.ordinal;
  return last + 1;
}

function keepRange(batch: Batch, from: number, to: number): SplitAnswer['halves'][number] {
  for (const item of batch) if (item.ordinal < from || item.ordinal >= to) item.drop('filtered');
  const { items } = batch;
  return { bytes: batch.encode().slice(), items };
}
