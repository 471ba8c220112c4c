import type { IngressRequest } from '../component/receiver.ts';
import type { Consumed } from './consumer.ts';
import type { RequestForm, StageTask } from './task.ts';

/** A request that has no verdict yet. */
export interface Pending {
  readonly request: IngressRequest;
  readonly resolve: (consumed: Consumed) => void;
}

/** Requests that wait for a worker. */
export interface PendingQueue {
  readonly bytes: number;
  push(entry: Pending): void;
  /** The oldest requests, up to `maxBytes` together; at least one where there is any. */
  take(maxBytes: number): readonly Pending[];
}

/** Creates an empty queue. */
export function createPendingQueue(): PendingQueue {
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
      let inflated = 0;
      for (const { request } of entries) {
        inflated += mostInflatedBytes(request);
        const isOver = size + request.body.byteLength > maxBytes || inflated > maxInflatedBytes;
        if (count > 0 && isOver) break;
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

/** What the compressed requests of one task may inflate to at most: as much as a single one of them may by default. */
const maxInflatedBytes = 64 * 1024 ** 2;

/** Deflate makes nothing smaller than a 1032nd of itself (https://zlib.net/zlib_tech.html). */
const maxDeflateRatio = 1032;

function mostInflatedBytes({ compression, body, maxBytes }: IngressRequest): number {
  if (compression === 'identity') return 0;
  if (compression === 'zstd') return maxBytes;
  return Math.min(maxBytes, body.byteLength * maxDeflateRatio);
}

/**
 * Copies requests end to end into memory that can be transferred: small bodies may be views of a pooled slab, which would
 * be cloned whole, and the originals are needed again should the worker die.
 */
export function gatherTask(
  chain: number,
  batch: readonly Pending[],
  allocate: (size: number) => ArrayBuffer,
): StageTask & { readonly buffer: ArrayBuffer } {
  const ends: number[] = [];
  let size = 0;
  for (const { request } of batch) ends.push((size += request.body.byteLength));
  const buffer = allocate(size);
  const bytes = new Uint8Array(buffer, 0, size);
  batch.forEach(({ request }, index) => {
    bytes.set(request.body, (ends[index] ?? 0) - request.body.byteLength);
  });
  return { kind: 'stage', chain, bytes, ends, buffer, ...toForms(batch) };
}

/** A task of one request on the same thread: nothing is copied. */
export function singleTask(chain: number, entry: Pending): StageTask {
  const { body } = entry.request;
  return { kind: 'stage', chain, bytes: body, ends: [body.byteLength], ...toForms([entry]) };
}

/** True for uncompressed protobuf that nothing is stamped on. */
export function isPlain(request: IngressRequest): boolean {
  return (
    request.encoding === 'protobuf' &&
    request.compression === 'identity' &&
    request.stamps.length === 0
  );
}

function toForms(batch: readonly Pending[]): Pick<StageTask, 'forms'> {
  if (batch.every(({ request }) => isPlain(request))) return {};
  return { forms: batch.map(({ request }) => toForm(request)) };
}

function toForm(request: IngressRequest): RequestForm | undefined {
  if (isPlain(request)) return undefined;
  const { encoding, compression, maxBytes, stamps } = request;
  return { encoding, compression, maxBytes, stamps };
}
