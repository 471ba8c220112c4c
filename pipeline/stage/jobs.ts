import type { Payload, SliceBytes } from '../component/transform.ts';
import type { CounterDelta } from './counters.ts';
import type { Job, JobSource, TaskPool, TaskResult } from './pool.ts';
import type { EncodeAnswer, SplitAnswer, StageAnswer, Task } from './task.ts';

type Answer = StageAnswer & EncodeAnswer & SplitAnswer;

/** Work of delivery loops that runs in the pool. */
export interface DeliveryJobs {
  /** Turns a slice into an exporter's payloads. Rejects where the encoder throws, or dies of the slice twice. */
  encode(encoder: number, slice: SliceBytes): Promise<readonly Payload[]>;
  /** Cuts a slice in two by items; one part where it holds a single item. */
  split(slice: SliceBytes): Promise<readonly SliceBytes[]>;
}

interface Waiting {
  readonly toTask: () => Task & { readonly buffer: ArrayBuffer };
  deaths: number;
  resolve(answer: Answer): void;
  reject(error: Error): void;
}

/**
 * Creates the queue of encode and split jobs of a graph. Slices are copied: their bytes belong to the log, and a worker
 * that dies takes its copy with it.
 */
export function createDeliveryJobs(
  pool: TaskPool,
  onCounters: (deltas: readonly CounterDelta[]) => void,
): DeliveryJobs {
  const waiting: Waiting[] = [];

  const settle = (job: Waiting, result: TaskResult<Answer>): void => {
    if (result.kind === 'answer') {
      job.resolve(result.answer);
    } else if (result.kind === 'died' && job.deaths === 0) {
      job.deaths += 1;
      waiting.unshift(job);
      pool.offer(source);
    } else {
      job.reject(new Error(result.kind === 'died' ? 'the worker died of it' : result.message));
    }
  };

  const source: JobSource = {
    next: (): Job | undefined => {
      const job = waiting.shift();
      if (job === undefined) return undefined;
      const { buffer, ...task } = job.toTask();
      return {
        task,
        transfer: pool.threads > 0 ? [buffer] : [],
        settle: (result) => {
          settle(job, result);
        },
      };
    },
  };

  const run = (toTask: Waiting['toTask']): Promise<Answer> =>
    new Promise((resolve, reject) => {
      waiting.push({ toTask, deaths: 0, resolve, reject });
      pool.offer(source);
    });

  return {
    encode: async (encoder, slice) => {
      const answer = await run(() => {
        const { bytes, buffer } = copy(slice.bytes);
        return { kind: 'encode', encoder, slice: { ...slice, bytes }, buffer };
      });
      if (answer.counters !== undefined) onCounters(answer.counters);
      return answer.payloads;
    },
    split: async (slice) => {
      const { signal } = slice;
      const { halves } = await run(() => ({ kind: 'split', signal, ...copy(slice.bytes) }));
      return halves.map((half) => ({ signal, ...half }));
    },
  };
}

function copy(bytes: Uint8Array): { readonly bytes: Uint8Array; readonly buffer: ArrayBuffer } {
  const copied = Buffer.allocUnsafeSlow(bytes.byteLength);
  copied.set(bytes);
  return { bytes: copied, buffer: copied.buffer };
}
