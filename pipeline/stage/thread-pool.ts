import { EventEmitter } from 'node:events';
import { Piscina } from 'piscina';
import type { Clock } from '../component/context.ts';
import type { Job, JobSource, TaskPool, TaskResult } from './pool.ts';
import { createSpareBuffers } from './spare-buffers.ts';
import type { SpareBuffers } from './spare-buffers.ts';
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
  /** Called when a task has ended, with the time since it was handed to its worker. */
  readonly onTask?: (result: TaskResult<unknown>['kind'], seconds: number) => void;
  readonly onWorkerDeath: (cause: 'crash' | 'timeout') => void;
}

/** Asks a worker whether it is up. */
const ping = { kind: 'ping' } as const;

type Answer = StageAnswer & EncodeAnswer & SplitAnswer;

interface Running {
  readonly startedMs: number;
  /** What Piscina takes for an abort signal, without the cost of one for each task. */
  readonly abort: EventEmitter;
}

/**
 * Room for a worker's new objects: V8 would take 48 MiB, most of it while the worker starts, and give none back. Tasks live
 * in buffers, and what they leave on the heap is small.
 */
const youngGenerationMiB = 12;

/** How often running tasks are held against their limit: seldom enough to cost nothing. */
const watchIntervalMs = 250;

/**
 * Runs tasks in worker threads, which are up from `start` on. Sources are asked for a job only when a worker is free: what
 * waits, waits in the source, where it can still be gathered.
 */
export function createThreadPool(options: ThreadPoolOptions): TaskPool {
  return new ThreadPool(options);
}

class ThreadPool implements TaskPool {
  readonly threads: number;
  readonly #options: ThreadPoolOptions;
  readonly #waiting = new Set<JobSource>();
  readonly #running = new Set<Running>();
  readonly #buffers: SpareBuffers;
  #piscina: Piscina | undefined;
  #watch: NodeJS.Timeout | undefined;
  /** Workers that take the place of dead ones and are not up yet. */
  #starting = 0;
  #isClosed = false;
  #isPumping = false;

  constructor(options: ThreadPoolOptions) {
    this.#options = options;
    this.threads = options.threads;
    // One that a worker reads, and one that is filled meanwhile.
    this.#buffers = createSpareBuffers(options.threads * 2);
  }

  get hasIdle(): boolean {
    return this.#piscina !== undefined && this.#running.size + this.#starting < this.threads;
  }

  allocate(size: number): ArrayBuffer {
    return this.#buffers.take(size);
  }

  offer(source: JobSource): void {
    this.#waiting.add(source);
    this.#pump();
  }

  async start(): Promise<void> {
    const piscina = createPiscina(this.#options);
    try {
      const pings = Array.from({ length: this.threads }, () => piscina.run(ping));
      await Promise.all(pings);
    } catch (error) {
      await piscina.destroy();
      const why = error instanceof Error ? error.message : String(error);
      throw new Error(`failed to start the workers: ${why}`, { cause: error });
    }
    this.#watch = setInterval(() => {
      this.#endOverdue();
    }, watchIntervalMs).unref();
    this.#piscina = piscina;
    this.#pump();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#watch);
    await this.#piscina?.destroy();
    for (const source of this.#waiting) failAll(source);
    this.#waiting.clear();
  }

  /** A source goes to the end of the line after each job. */
  #pump(): void {
    if (this.#isPumping || this.#isClosed || this.#piscina === undefined) return;
    this.#isPumping = true;
    while (this.hasIdle) {
      const [source] = this.#waiting;
      if (source === undefined) break;
      this.#waiting.delete(source);
      const job = source.next();
      if (job === undefined) continue;
      this.#waiting.add(source);
      void this.#run(job, this.#piscina);
    }
    this.#isPumping = false;
  }

  async #run(job: Job, piscina: Piscina): Promise<void> {
    const { clock, onTask, onWorkerDeath } = this.#options;
    const running: Running = { startedMs: clock.monotonic(), abort: new EventEmitter() };
    this.#running.add(running);
    let result: TaskResult<Answer>;
    try {
      // The worker's half answers each kind of task with its own kind of answer; see worker-entry.ts.
      const answer = (await piscina.run(job.task, {
        transferList: [...job.transfer],
        signal: running.abort,
      })) as Answer;
      const { spent, ...rest } = answer;
      if (spent !== undefined) this.#buffers.give(spent);
      result = { kind: 'answer', answer: { ...rest, isExclusive: true } };
    } catch (error) {
      result = this.#isClosed ? closed : toResult(error);
    }
    this.#running.delete(running);
    onTask?.(result.kind, (clock.monotonic() - running.startedMs) / 1000);
    if (result.kind === 'died') {
      onWorkerDeath(result.cause);
      void this.#awaitReplacement(piscina);
    }
    job.settle(result);
    this.#pump();
  }

  /** The time that a worker takes to start is no part of the time that its first task may take. */
  async #awaitReplacement(piscina: Piscina): Promise<void> {
    this.#starting += 1;
    await piscina.run(ping).catch(() => undefined);
    this.#starting -= 1;
    this.#pump();
  }

  #endOverdue(): void {
    const latest = this.#options.clock.monotonic() - this.#options.taskLimitMs;
    for (const task of this.#running) if (task.startedMs < latest) task.abort.emit('abort');
  }
}

const closed: TaskResult<never> = { kind: 'failed', message: 'shutting down' };

function failAll(source: JobSource): void {
  for (let job = source.next(); job !== undefined; job = source.next()) job.settle(closed);
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
    resourceLimits: {
      maxYoungGenerationSizeMb: youngGenerationMiB,
      ...(options.heapMiB !== undefined && { maxOldGenerationSizeMb: options.heapMiB }),
    },
  });
  // A worker that dies between tasks is replaced by the pool; one that dies of a task rejects that task's run.
  piscina.on('error', () => undefined);
  return piscina;
}

function toResult(error: unknown): TaskResult<never> {
  if (!(error instanceof Error)) return { kind: 'failed', message: 'unknown' };
  if (error.name === 'AbortError') return { kind: 'died', cause: 'timeout' };
  // Errors that the worker itself answered with carry no such mark: the worker lives.
  return isDeath(error)
    ? { kind: 'died', cause: 'crash' }
    : { kind: 'failed', message: error.name };
}

function isDeath(error: Error): boolean {
  const code = 'code' in error ? error.code : undefined;
  return code === 'ERR_WORKER_OUT_OF_MEMORY' || error.message.startsWith('worker exited with code');
}
