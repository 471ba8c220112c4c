import type { EncodeAnswer, SplitAnswer, StageAnswer, Task } from './task.ts';

/** What a task came to. A worker that dies takes only its own task with it. */
export type TaskResult<Answer> =
  | { readonly kind: 'answer'; readonly answer: Answer }
  /** The worker died of the task: out of memory, a native crash, or killed by the watchdog. */
  | { readonly kind: 'died'; readonly cause: 'crash' | 'timeout' }
  /** A component threw, or the pool is closed; the worker lives. */
  | { readonly kind: 'failed'; readonly message: string };

/** A task ready to run, and who wants the answer. */
export interface Job {
  readonly task: Task;
  readonly transfer: readonly ArrayBuffer[];
  settle(result: TaskResult<StageAnswer & EncodeAnswer & SplitAnswer>): void;
}

/** Something with work for the pool. Asked for its next job when a worker is free, so that it can gather until then. */
export interface JobSource {
  /** Undefined where there is nothing to do any more. */
  next(): Job | undefined;
}

/** Where tasks run: worker threads, or the main thread itself. One task per worker at a time. */
export interface TaskPool {
  /** Worker threads; 0 runs on the main thread. */
  readonly threads: number;
  readonly hasIdle: boolean;
  /** Memory of at least `size` bytes for a stage task, which is transferred with it. */
  allocate(size: number): ArrayBuffer;
  /** Says that the source has work. Sources are served in turn; one that is already waiting keeps its place. */
  offer(source: JobSource): void;
  /** Resolves when every worker is up. */
  start(): Promise<void>;
  /** Ends the workers; what still runs is settled as failed. */
  close(): Promise<void>;
}
