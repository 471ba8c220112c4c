import type { IngressRequest } from '../component/receiver.ts';
import type { Verdict } from '../component/verdict.ts';
import type { Consumed, Consumer } from './consumer.ts';
import type { CounterDelta } from './counters.ts';
import { createPendingQueue, gatherTask, isPlain, singleTask } from './pending.ts';
import type { Pending } from './pending.ts';
import type { Job, JobSource, TaskPool, TaskResult } from './pool.ts';
import { unprocessable } from './refusal.ts';
import type { StageAnswer, StageTask, TaskVerdict, UnreadableReason } from './task.ts';

/** Requests are gathered into tasks up to this size: past it, the cost of a hop is a few per cent of the work. */
const maxTaskBytes = 256 * 1024;

/** How long a refused client should wait; short, because what refuses here is a moment's trouble. */
const retryAfterMs = 1000;

/** What the pipeline does with an answer: stores what came through. */
export interface StageSink {
  /**
   * Stores the bytes of an answer and counts it; resolves once they are as durable as the first log promises. `requests`
   * is how many client requests are in it. Resolves with what the accepted requests are to be told, undefined for yes.
   */
  commit(answer: StageAnswer, requests: number): Promise<Verdict | undefined>;
  /** Counts requests that were refused before any item in them could be counted. */
  refuse(reason: UnreadableReason | 'too_large' | 'shutdown', requests: number): void;
}

/** One pipeline's entrance: transforms and maps run over each request, then the sink stores it. */
export interface Stage extends Consumer {
  /** Requests that have no verdict yet. */
  readonly pending: number;
}

/** What `createStage` takes. */
export interface StageOptions {
  /** Index in `StageSpec.chains`. */
  readonly chain: number;
  readonly pool: TaskPool;
  /** Runs plain protobuf at once on the calling thread, where the chain is empty and a hop would cost more than the walk. */
  readonly inline?: (task: StageTask) => StageAnswer;
  readonly sink: StageSink;
  /** Takes what worker parts counted, whether or not the requests are then stored. */
  readonly onCounters: (deltas: readonly CounterDelta[]) => void;
}

/**
 * Creates the entrance of a pipeline. Requests wait here, not in the pool, and are gathered into one task until a worker
 * is free; each keeps its own verdict. A task whose worker dies is tried once more; where that one dies too, each of its
 * requests runs alone, and the one that kills its worker is refused.
 */
export function createStage(options: StageOptions): Stage {
  return new GatheringStage(options);
}

class GatheringStage implements Stage {
  pending = 0;
  readonly #options: StageOptions;
  readonly #queue = createPendingQueue();
  readonly #source: JobSource = { next: () => this.#nextJob() };
  #isOffered = false;

  constructor(options: StageOptions) {
    this.#options = options;
  }

  consume(request: IngressRequest): Promise<Consumed> {
    if (request.compression === 'identity' && request.body.byteLength > request.maxBytes) {
      this.#options.sink.refuse('too_large', 1);
      return Promise.resolve({ verdict: tooLarge(request), items: 0 });
    }
    this.pending += 1;
    return new Promise((resolve) => {
      this.#take({ request, resolve });
    });
  }

  #take(entry: Pending): void {
    const { inline, chain } = this.#options;
    if (inline !== undefined && isPlain(entry.request)) {
      void this.#finish([entry], inline(singleTask(chain, entry)));
      return;
    }
    this.#queue.push(entry);
    this.#offer();
  }

  /** What else arrives in this turn of the event loop comes along, at no wait; a full task goes at once. */
  #offer(): void {
    const { pool } = this.#options;
    if (this.#isOffered) return;
    if (!pool.hasIdle || pool.threads === 0 || this.#queue.bytes >= maxTaskBytes) {
      pool.offer(this.#source);
      return;
    }
    this.#isOffered = true;
    setImmediate(() => {
      this.#isOffered = false;
      pool.offer(this.#source);
    });
  }

  #nextJob(): Job | undefined {
    const batch = this.#queue.take(this.#options.pool.threads > 0 ? maxTaskBytes : 0);
    return batch.length === 0 ? undefined : this.#toJob(batch, 0);
  }

  #toJob(batch: readonly Pending[], deaths: number): Job {
    const { chain, pool } = this.#options;
    const settle = (result: TaskResult<StageAnswer>): void => {
      this.#settle(batch, deaths, result);
    };
    const [first] = batch;
    if (pool.threads === 0 && batch.length === 1 && first !== undefined) {
      return { task: singleTask(chain, first), transfer: [], settle };
    }
    const { buffer, ...task } = gatherTask(chain, batch, (size) => pool.allocate(size));
    return { task, transfer: [buffer], settle };
  }

  #settle(batch: readonly Pending[], deaths: number, result: TaskResult<StageAnswer>): void {
    const { sink } = this.#options;
    if (result.kind === 'answer') {
      void this.#finish(batch, result.answer);
    } else if (result.kind === 'failed') {
      sink.refuse('shutdown', batch.length);
      this.#refuse(batch, { kind: 'unavailable', message: result.message, retryAfterMs });
    } else if (deaths === 0) {
      this.#retry([batch]);
    } else if (batch.length > 1) {
      this.#retry(batch.map((entry) => [entry]));
    } else {
      sink.refuse('unprocessable', 1);
      this.#refuse(batch, toVerdict(unprocessable(), undefined));
    }
  }

  #retry(batches: readonly (readonly Pending[])[]): void {
    const left = [...batches];
    this.#options.pool.offer({
      next: () => {
        const batch = left.shift();
        return batch === undefined ? undefined : this.#toJob(batch, 1);
      },
    });
  }

  async #finish(batch: readonly Pending[], answer: StageAnswer): Promise<void> {
    const { sink, onCounters } = this.#options;
    if (answer.counters !== undefined) onCounters(answer.counters);
    countRefusals(answer, sink);
    let refusal: Verdict | undefined;
    try {
      refusal = await sink.commit(answer, batch.length);
    } catch {
      refusal = { kind: 'unavailable', message: 'the request could not be stored', retryAfterMs };
    }
    this.pending -= batch.length;
    batch.forEach(({ resolve }, index) => {
      const verdict = toVerdict(answer.verdicts?.[index], refusal);
      resolve({ verdict, items: answer.received[index] ?? 0 });
    });
  }

  #refuse(batch: readonly Pending[], verdict: Verdict): void {
    this.pending -= batch.length;
    for (const { resolve } of batch) resolve({ verdict, items: 0 });
  }
}

function countRefusals(answer: StageAnswer, sink: StageSink): void {
  for (const verdict of answer.verdicts ?? []) {
    if (verdict?.kind === 'too_large') sink.refuse('too_large', 1);
    else if (verdict?.kind === 'invalid') sink.refuse(verdict.reason, 1);
  }
}

const accepted: Verdict = { kind: 'accepted', rejectedItems: 0, message: '' };

/** What the sink says concerns only requests that got as far as the sink. */
function toVerdict(verdict: TaskVerdict | undefined, refusal: Verdict | undefined): Verdict {
  if (verdict === undefined || verdict.kind === 'accepted') return refusal ?? verdict ?? accepted;
  return verdict.kind === 'invalid' ? { kind: 'invalid', message: verdict.message } : verdict;
}

function tooLarge(request: IngressRequest): Verdict {
  const message = `the body has ${request.body.byteLength} bytes, more than the ${request.maxBytes} allowed`;
  return { kind: 'too_large', message };
}
