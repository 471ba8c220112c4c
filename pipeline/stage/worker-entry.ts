import { move, transferableSymbol, valueSymbol, workerData } from 'piscina';
import { createCollector } from '../admission/resident-memory.ts';
import type { WorkerParts } from '../component/registry.ts';
import { runTask } from './inline-pool.ts';
import type { StageSpec } from './spec.ts';
import { createTaskRunner } from './task-runner.ts';
import type { TaskRunner } from './task-runner.ts';
import type { StageTask, Task } from './task.ts';

/** The task that only asks whether the worker is up. */
interface Ping {
  readonly kind: 'ping';
}

/** The worker's half of the pool: builds the graph's chains once and answers tasks, transferring the bytes. */
export async function createWorkerEntry(
  parts: WorkerParts,
): Promise<(task: Task | Ping) => unknown> {
  // The main thread puts nothing else there; see createThreadPool.
  const spec = workerData as StageSpec;
  const runner = await createTaskRunner(spec, parts);
  const collect = createCollector(spec.softBytes ?? Infinity);
  return (task) => {
    if (task.kind === 'ping') return undefined;
    collect();
    if (task.kind === 'stage') return toTransfer(answerStage(runner, task));
    const answer = runTask(runner, task);
    const views =
      task.kind === 'encode'
        ? answer.payloads.map(({ body }) => body)
        : answer.halves.map(({ bytes }) => bytes);
    return toTransfer({ answer, buffers: buffersOf(views) });
  };
}

interface Transfer {
  readonly answer: object;
  readonly buffers: readonly ArrayBuffer[];
}

function toTransfer({ answer, buffers }: Transfer): unknown {
  return move({ [transferableSymbol]: buffers, [valueSymbol]: answer });
}

/** Sends the task's memory back to be used again; what leaves as it came is copied out of it first. */
function answerStage(runner: TaskRunner, task: StageTask): Transfer {
  const answer = runner.stage(task);
  const spent = task.bytes.buffer;
  if (!(spent instanceof ArrayBuffer)) return { answer, buffers: buffersOf([answer.bytes]) };
  const bytes = answer.bytes.buffer === spent ? answer.bytes.slice() : answer.bytes;
  return { answer: { ...answer, bytes, spent }, buffers: [...buffersOf([bytes]), spent] };
}

function buffersOf(views: readonly Uint8Array[]): ArrayBuffer[] {
  const buffers = new Set<ArrayBuffer>();
  for (const { buffer, byteLength } of views) {
    // A pooled or larger buffer would take foreign bytes along; those are cloned instead.
    if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) buffers.add(buffer);
  }
  return [...buffers];
}
