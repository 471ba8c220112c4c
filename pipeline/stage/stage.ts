import type { IngressRequest } from '../component/receiver.ts';
import type { Verdict } from '../component/verdict.ts';
import type { CounterDelta } from './counters.ts';
import type { Consumed, Consumer } from './consumer.ts';
import type { Job, JobSource, TaskPool, TaskResult } from './pool.ts';
import type { RequestForm, StageAnswer, StageTask, TaskVerdict, UnreadableReason } from './task.ts';
import { unprocessable } from './refusal.ts';

/** Requests are gathered into tasks up to this size: past it, the cost of a hop is a few per cent of the work. */
const maxTaskBytes = 256 * 1024;

/** How long a refused client should wait; short, because what refuses is mostly a moment's congestion. */
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

interface Pending {
  readonly request: IngressRequest;
  resolve(consumed: Consumed): void;
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
  onCounters(deltas: readonly CounterDelta[]): void;
}

/**
 * Creates the entrance of a pipeline. Requests wait here, not in the pool, and are gathered into one task until a worker
 * is free; each keeps its own verdict.
 */
export function createStage(options: StageOptions): Stage {
  const { pool, sink, chain, inline } = options;
  const queue = createPendingQueue();
  let pending = 0;
  let isOffered = false;

  const finish = async (batch: readonly Pending[], answer: StageAnswer): Promise<void> => {
    let refusal: Verdict | undefined;
    if (answer.counters !== undefined) options.onCounters(answer.counters);
    countRefusals(answer, sink);
    try {
      refusal = await sink.commit(answer, batch.length);
    } catch {
      refusal = { kind: 'unavailable', message: 'not stored', retryAfterMs };
    }
    pending -= batch.length;
    batch.forEach(({ resolve }, index) => {
      const items = answer.received[index] ?? 0;
      resolve({ verdict: toVerdict(answer.verdicts?.[index], refusal), items });
    });
  };

  const refuseAll = (batch: readonly Pending[], verdict: Verdict): void => {
    pending -= batch.length;
    for (const { resolve } of batch) resolve({ verdict, items: 0 });
  };

  const settle = (
    batch: readonly Pending[],
    deaths: number,
    result: TaskResult<StageAnswer>,
  ): void => {
    if (result.kind === 'answer') {
      void finish(batch, result.answer);
    } else if (result.kind === 'failed') {
      sink.refuse('shutdown', batch.length);
      refuseAll(batch, { kind: 'unavailable', message: result.message, retryAfterMs });
    } else if (deaths === 0) {
      retry([batch], 1);
    } else if (batch.length > 1) {
      retry(
        batch.map((one) => [one]),
        1,
      );
    } else {
      sink.refuse('unprocessable', 1);
      refuseAll(batch, unprocessable());
    }
  };

  const toJob = (batch: readonly Pending[], deaths: number): Job => {
    const task = toTask(chain, batch, pool.threads > 0);
    return {
      task,
      transfer: pool.threads > 0 ? [task.bytes.buffer as ArrayBuffer] : [],
      settle: (result) => {
        settle(batch, deaths, result);
      },
    };
  };

  /** Bodies are copied into tasks, so the requests of a dead worker are still here. */
  const retry = (batches: readonly (readonly Pending[])[], deaths: number): void => {
    const left = [...batches];
    pool.offer({
      next: () => {
        const batch = left.shift();
        return batch === undefined ? undefined : toJob(batch, deaths);
      },
    });
  };

  const source: JobSource = {
    next: () => {
      const batch = queue.take(pool.threads > 0 ? maxTaskBytes : 0);
      return batch.length === 0 ? undefined : toJob(batch, 0);
    },
  };

  const offer = (): void => {
    isOffered = false;
    pool.offer(source);
  };

  const enqueue = (entry: Pending): void => {
    queue.push(entry);
    if (isOffered) return;
    if (pool.threads === 0 || queue.bytes >= maxTaskBytes) {
      pool.offer(source);
    } else if (pool.hasIdle) {
      // What else arrives in this turn of the event loop comes along, at no wait.
      isOffered = true;
      setImmediate(offer);
    } else pool.offer(source);
  };

  return {
    get pending() {
      return pending;
    },
    consume: (request) => {
      if (request.compression === 'identity' && request.body.byteLength > request.maxBytes) {
        sink.refuse('too_large', 1);
        const verdict: Verdict = { kind: 'too_large', message: tooLarge(request) };
        return Promise.resolve({ verdict, items: 0 });
      }
      pending += 1;
      return new Promise((resolve) => {
        const entry: Pending = { request, resolve };
        if (inline === undefined || !isPlain(request)) {
          enqueue(entry);
          return;
        }
        const { body } = request;
        void finish(
          [entry],
          inline({ kind: 'stage', chain, bytes: body, ends: [body.byteLength] }),
        );
      });
    },
  };
}

interface PendingQueue {
  readonly bytes: number;
  push(entry: Pending): void;
  /** The oldest requests, up to `maxBytes` together; at least one where there is any. */
  take(maxBytes: number): readonly Pending[];
}

function createPendingQueue(): PendingQueue {
  let entries: Pending[] = [];
  let bytes = 0;
  return {
    get bytes() {
      return bytes;
    },
    push: (entry) => {
      entries.push(entry);
      bytes += entry.request.body.byteLength;
    },
    take: (maxBytes) => {
      let count = 0;
      let size = 0;
      for (const { request } of entries) {
        if (count > 0 && size + request.body.byteLength > maxBytes) break;
        size += request.body.byteLength;
        count += 1;
      }
      const taken = entries.slice(0, count);
      entries = entries.slice(count);
      bytes -= size;
      return taken;
    },
  };
}

/** A fresh buffer where it crosses threads: small bodies may be views of a pooled slab that must not be transferred. */
function toTask(chain: number, batch: readonly Pending[], crossesThreads: boolean): StageTask {
  const [first] = batch;
  const forms = batch.map(({ request }) => toForm(request));
  const extra = forms.every((form) => form === undefined) ? {} : { forms };
  if (batch.length === 1 && first !== undefined && !crossesThreads) {
    const { body } = first.request;
    return { kind: 'stage', chain, bytes: body, ends: [body.byteLength], ...extra };
  }
  const ends: number[] = [];
  let size = 0;
  for (const { request } of batch) ends.push((size += request.body.byteLength));
  const bytes = new Uint8Array(size);
  batch.forEach(({ request }, index) => {
    bytes.set(request.body, (ends[index] ?? 0) - request.body.byteLength);
  });
  return { kind: 'stage', chain, bytes, ends, ...extra };
}

function isPlain(request: IngressRequest): boolean {
  return (
    request.encoding === 'protobuf' &&
    request.compression === 'identity' &&
    request.stamps.length === 0
  );
}

function toForm(request: IngressRequest): RequestForm | undefined {
  if (isPlain(request)) return undefined;
  const { encoding, compression, maxBytes, stamps } = request;
  return { encoding, compression, maxBytes, stamps };
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
  if (verdict === undefined || verdict.kind === 'accepted') {
    return refusal ?? verdict ?? accepted;
  }
  return verdict.kind === 'invalid' ? { kind: 'invalid', message: verdict.message } : verdict;
}

function tooLarge(request: IngressRequest): string {
  return `the body has ${String(request.body.byteLength)} bytes, more than the ${String(request.maxBytes)} allowed`;
}
