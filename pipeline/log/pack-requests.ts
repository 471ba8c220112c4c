import type { Append } from './disk/append-queue.ts';
import type { PackedAppends, StoreRequest } from './disk/messages.ts';

/** Requests as they go to another thread, and the buffers that go with them. */
export interface Parcel {
  readonly requests: readonly StoreRequest[];
  readonly transfers: readonly ArrayBuffer[];
}

/** Handing a buffer over costs about as much as copying this many bytes. */
const smallBytes = 32 * 1024;

/**
 * Makes requests ready for another thread, in their order: large bodies that may be taken are handed over as they are, all
 * others are copied into one buffer together, those that follow each other in one log as one request.
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
  const packed: StoreRequest[] = [];
  let run: Run | undefined;
  let at = 0;
  for (const request of requests) {
    if (request.kind !== 'append' || bufferToHandOver(request) !== undefined) {
      run = undefined;
      packed.push(request);
      continue;
    }
    if (run?.log !== request.log) {
      run = { log: request.log, start: at, numbers: [], ends: [], items: [], requests: [] };
      packed.push(toPacked(run, copies));
    }
    copies.set(request.append.bytes, at);
    at += request.append.bytes.byteLength;
    add(run, request.append, at);
  }
  return { requests: packed, transfers };
}

/** Appends of one log that follow each other. */
interface Run {
  readonly log: number;
  /** Where their bodies start among the copies. */
  readonly start: number;
  readonly numbers: number[];
  readonly ends: number[];
  readonly items: number[];
  readonly requests: number[];
}

/** The request shares the arrays of the run, which grow until it is sent. */
function toPacked({ start, ...run }: Run, copies: Uint8Array): PackedAppends {
  return { kind: 'appends', ...run, bytes: copies.subarray(start) };
}

function add(run: Run, { number, items, requests }: Append, end: number): void {
  run.numbers.push(number);
  run.ends.push(end - run.start);
  run.items.push(items);
  run.requests.push(requests);
}

/** The appends that were packed into one request. */
export function unpackAppends(packed: PackedAppends): readonly Append[] {
  const { numbers, ends, items, requests, bytes } = packed;
  return numbers.map((number, index) => ({
    number,
    bytes: bytes.subarray(ends[index - 1] ?? 0, ends[index]),
    items: items[index] ?? 0,
    requests: requests[index] ?? 0,
  }));
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
