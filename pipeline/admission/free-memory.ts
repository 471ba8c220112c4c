import { MessageChannel } from 'node:worker_threads';
import type { MessagePort } from 'node:worker_threads';

/** Below this a garbage collection is what frees memory best: the calls would cost more than what they save. */
const minFreedBytes = 16 * 1024;

/** What may stand beside a view in a buffer that is its own: the head of a gRPC message. */
const maxHeadBytes = 5;

/**
 * Frees the memory of a view at once: whoever reads the view afterwards finds it empty. Does nothing where the view does not
 * fill its buffer, because others may have the rest. Left to the garbage collector, memory of bodies lies about until V8 finds
 * that there is too much of it, 64 MiB and more for each thread. Takes a microsecond or two.
 */
export function freeMemory({ buffer, byteLength }: Uint8Array): void {
  if (!(buffer instanceof ArrayBuffer) || byteLength < minFreedBytes) return;
  if (buffer.byteLength - byteLength > maxHeadBytes) return;
  drain ??= openDrain();
  drain.postMessage(undefined, [buffer]);
}

/** What is transferred to a port that is closed is freed at once; `ArrayBuffer.transfer(0)` does it too, from Node 22 on. */
function openDrain(): MessagePort {
  const { port1 } = new MessageChannel();
  port1.close();
  return port1;
}

let drain: MessagePort | undefined;
