import { freeMemory } from '../admission/free-memory.ts';

/**
 * Size of a buffer that is used again: a full task and a request that was over it. Tasks with more bytes are rare and get
 * memory of their own.
 */
const bufferBytes = 512 * 1024;

/** Memory that goes to a worker with a task and comes back with the answer. */
export interface SpareBuffers {
  /** A buffer of at least `size` bytes, with anything in it. */
  take(size: number): ArrayBuffer;
  /** Takes back a buffer that nobody looks at any more. */
  give(buffer: ArrayBuffer): void;
}

/**
 * Creates a stock of at most `count` buffers. Fresh memory costs the thread that first writes to it more than the copy
 * itself, because the system has to map and clear every page of it.
 */
export function createSpareBuffers(count: number): SpareBuffers {
  const spares: ArrayBuffer[] = [];
  return {
    take: (size) => {
      if (size > bufferBytes) return new ArrayBuffer(size);
      return spares.pop() ?? new ArrayBuffer(bufferBytes);
    },
    give: (buffer) => {
      if (buffer.byteLength === bufferBytes && spares.length < count) spares.push(buffer);
      else freeMemory(new Uint8Array(buffer));
    },
  };
}
