import type { StoreRequest } from './disk/messages.ts';

/** Requests as they go to another thread, and the buffers that go with them. */
export interface Parcel {
  readonly requests: readonly StoreRequest[];
  readonly transfers: readonly ArrayBuffer[];
}

/** Handing a buffer over costs about as much as copying this many bytes. */
const smallBytes = 32 * 1024;

/**
 * Makes requests ready for another thread: large bodies are handed over as they are, small ones are copied into one buffer
 * together. So is a view of a larger buffer: what else is in that is not the log's.
 */
export function packRequests(requests: readonly StoreRequest[]): Parcel {
  const transfers: ArrayBuffer[] = [];
  let copiedBytes = 0;
  for (const request of requests) {
    if (request.kind !== 'append') continue;
    const whole = wholeBuffer(request.append.bytes);
    if (whole === undefined) copiedBytes += request.append.bytes.byteLength;
    else transfers.push(whole);
  }
  if (copiedBytes === 0) return { requests, transfers };
  const copies = new Uint8Array(copiedBytes);
  transfers.push(copies.buffer);
  let at = 0;
  const packed = requests.map((request): StoreRequest => {
    if (request.kind !== 'append') return request;
    const { bytes } = request.append;
    if (wholeBuffer(bytes) !== undefined) return request;
    copies.set(bytes, at);
    const copy = copies.subarray(at, at + bytes.byteLength);
    at += bytes.byteLength;
    return { ...request, append: { ...request.append, bytes: copy } };
  });
  return { requests: packed, transfers };
}

/** The buffer of bytes that are large, and alone in it. */
function wholeBuffer({ buffer, byteLength }: Uint8Array): ArrayBuffer | undefined {
  const isWhole = buffer instanceof ArrayBuffer && buffer.byteLength === byteLength;
  return isWhole && byteLength >= smallBytes ? buffer : undefined;
}
