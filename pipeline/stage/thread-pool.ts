import { EventEmitter } from 'node:events';
import { Piscina } from 'piscina';
import type { Clock } from '../component/context.ts';
import type { Job, JobSource, TaskPool, TaskResult } from './pool.ts';
import type { StageSpec } from './spec.ts';
import type { EncodeAnswer, SplitAnswer, StageAnswer } from './task.ts';

/** How many threads there are and what each may take. */
export interface ThreadPoolOptions {
  /** Absolute path of the workers' entry. */
  readonly entry: string;
  readonly spec: StageSpec;
  readonly threads: number;
  /** Old-generation heap of one worker; undefined leaves V8's own limit. */
  readonly heapMiB?: number;
  /** A task that takes longer has its worker killed. */
  readonly taskLimitMs: number;
  readonly clock: Clock;
  onWorkerDeath(cause: 'crash' | 'timeout'): void;
}

type Answer = StageAnswer & EncodeAnswer & SplitAnswer;

interface Running {
  readonly startedMs: number;
  readonly abort: EventEmitter;
}

/** How often running tasks are held against their limit: seldom enough to cost nothing. */
const watchIntervalMs = 250;

/**
 * Runs tasks in worker threads. Sources are asked for a job only when a worker is free: what waits, waits in the source,
 * where it can still be gathered.
 */
export function createThreadPool(options: ThreadPoolOptions): TaskPool {
  const { threads, clock } = options;
  /** Threads are up from `start` on: a graph that is only built costs none. */
  let piscina: Piscina | undefined;
  const waiting = new Set<JobSource>();
  const running = new Set<Running>();
  let isClosed = false;
  let isPumping = false;

  let watch: NodeJS.Timeout | undefined;
  const endOverdue = (): void => {
    const latest = clock.monotonic() - options.taskLimitMs;
    for (const task of running) if (task.startedMs < latest) task.abort.emit('abort');
  };

  const run = async (job: Job, pool: Piscina): Promise<void> => {
    const task: Running = { startedMs: clock.monotonic(), abort: new EventEmitter() };
    running.add(task);
    let result: TaskResult<Answer>;
    try {
      const answer: Answer = await pool.run(job.task, {
        transferList: [...job.transfer],
        signal: task.abort,
      });
      result = { kind: 'answer', answer };
    } catch (error) {
      result = isClosed ? { kind: 'failed', message: 'the pool is closed' } : toResult(error);
    }
    if (result.kind === 'died') options.onWorkerDeath(result.cause);
    running.delete(task);
    job.settle(result);
    pump();
  };

  const pump = (): void => {
    if (isPumping || piscina === undefined) return;
    isPumping = true;
    while (running.size < threads && !isClosed) {
      const [source] = waiting;
      if (source === undefined) break;
      waiting.delete(source);
      const job = source.next();
      if (job === undefined) continue;
      waiting.add(source);
      void run(job, piscina);
    }
    isPumping = false;
  };

  return {
    threads,
    get hasIdle() {
      return piscina !== undefined && running.size < threads;
    },
    offer: (source) => {
      waiting.add(source);
      pump();
    },
    start: async () => {
      const pool = createPiscina(options);
      try {
        await Promise.all(Array.from({ length: threads }, () => pool.run({ kind: 'ping' })));
      } catch (error) {
        await pool.destroy();
        throw new Error('failed to start the workers', { cause: error });
      }
      watch = setInterval(endOverdue, watchIntervalMs).unref();
      piscina = pool;
      pump();
    },
    close: async () => {
      isClosed = true;
      clearInterval(watch);
      await piscina?.destroy();
    },
  };
}

function createPiscina(options: ThreadPoolOptions): Piscina {
  const piscina = new Piscina({
    filename: options.entry,
    workerData: options.spec,
    minThreads: options.threads,
    maxThreads: options.threads,
    concurrentTasksPerWorker: 1,
    idleTimeout: Infinity,
    recordTiming: false,
    ...(options.heapMiB !== undefined && {
      resourceLimits: { maxOldGenerationSizeMb: options.heapMiB },
    }),
  });
  // A worker that dies between tasks is replaced by the pool; one that dies of a task rejects that task's run.
  piscina.on('error', () => undefined);
  return piscina;
}

/** Errors that the worker itself answered with carry no such mark: the worker lives. */
function toResult(error: unknown): TaskResult<never> {
  if (!(error instanceof Error)) return { kind: 'failed', message: 'unknown' };
  if (error.name === 'AbortError') return { kind: 'died', cause: 'timeout' };
  if (isDeath(error)) return { kind: 'died', cause: 'crash' };
  return { kind: 'failed', message: error.name };
}

function isDeath(error: Error): boolean {
  const code = 'code' in error ? error.code : undefined;
  return code === 'ERR_WORKER_OUT_OF_MEMORY' || error.message.startsWith('worker exited with code');
}
