import type { StoreRequest } from './disk/messages.ts';

/** Requests as they go to another thread, and the buffers that go with them. */
export interface Parcel {
  readonly requests: readonly StoreRequest[];
  readonly transfers: readonly ArrayBuffer[];
}

/** Handing a buffer over costs about as much as copying this many bytes. */
const smallBytes = 32 * 1024;

/**
 * Makes requests ready for another thread: large bodies that may be taken are handed over as they are, all others are
 * copied into one buffer together.
 */
export function packRequests(requests: readonly StoreRequest[]): Parcel {
  const transfers: ArrayBuffer[] = [];
  let copiedBytes = 0;
  for (const request of requests) {
    if (request.kind !== 'append') continue;
    const buffer = bufferToHandOver(request);
    if (buffer === undefined) copiedBytes += request.append.bytes.byteLength;
    else transfers.push(buffer);
  }
  if (copiedBytes === 0) return { requests, transfers };
  const copies = new Uint8Array(copiedBytes);
  transfers.push(copies.buffer);
  let at = 0;
  const packed = requests.map((request): StoreRequest => {
    if (request.kind !== 'append' || bufferToHandOver(request) !== undefined) return request;
    const { bytes } = request.append;
    copies.set(bytes, at);
    const copy = copies.subarray(at, at + bytes.byteLength);
    at += bytes.byteLength;
    return { ...request, append: { ...request.append, bytes: copy } };
  });
  return { requests: packed, transfers };
}

/** The buffer of bytes that are large, alone in it, and may be taken. */
function bufferToHandOver({
  append,
  isExclusive,
}: Extract<StoreRequest, { kind: 'append' }>): ArrayBuffer | undefined {
  const { buffer, byteLength } = append.bytes;
  const isWhole = buffer instanceof ArrayBuffer && buffer.byteLength === byteLength;
  return isExclusive && isWhole && byteLength >= smallBytes ? buffer : undefined;
}
