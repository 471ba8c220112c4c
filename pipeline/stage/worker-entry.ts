import { move, transferableSymbol, valueSymbol, workerData } from 'piscina';
import type { WorkerParts } from '../component/registry.ts';
import { runTask } from './inline-pool.ts';
import type { StageSpec } from './spec.ts';
import { createTaskRunner } from './task-runner.ts';
import type { Task } from './task.ts';

/** The task that only asks whether the worker is up. */
interface Ping {
  readonly kind: 'ping';
}

/** The worker's half of the pool: builds the graph's chains once and answers tasks, transferring the bytes. */
export function createWorkerEntry(parts: WorkerParts): (task: Task | Ping) => unknown {
  // The main thread puts nothing else there; see createThreadPool.
  const runner = createTaskRunner(workerData as StageSpec, parts);
  return (task) => {
    if (task.kind === 'ping') return undefined;
    const answer = runTask(runner, task);
    return move({ [transferableSymbol]: buffersOf(task, answer), [valueSymbol]: answer });
  };
}

function buffersOf(task: Task, answer: ReturnType<typeof runTask>): ArrayBuffer[] {
  const views = viewsOf(task, answer);
  const buffers = new Set<ArrayBuffer>();
  for (const { buffer, byteLength } of views) {
    // A pooled or larger buffer would take foreign bytes along; those are cloned instead.
    if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) buffers.add(buffer);
  }
  return [...buffers];
}

function viewsOf(task: Task, answer: ReturnType<typeof runTask>): Uint8Array[] {
  switch (task.kind) {
    case 'stage':
      return [answer.bytes];
    case 'encode':
      return answer.payloads.map((payload) => payload.body);
    case 'split':
      return answer.halves.map((half) => half.bytes);
  }
}
