import { Worker } from 'node:worker_threads';
import { packRequests } from './pack-requests.ts';
import type { StoreReply, StoreRequest, StoreSpec } from './disk/messages.ts';

/** The way to the thread of a store and back. */
export interface StoreChannel {
  /** Sends a request; the bytes of an append are gone from this thread afterwards. Requests arrive in the order of sending. */
  post(request: StoreRequest): void;
}

/** What is heard of the thread. */
export interface StoreListener {
  /** Replies, in the order in which things happened. */
  onReplies(replies: readonly StoreReply[]): void;
  /** The thread has ended, undefined where it was told to. */
  onEnd(error: Error | undefined): void;
}

/** Starts the thread of a store. Requests of one turn of the event loop travel together. */
export function startStoreThread(spec: StoreSpec, listener: StoreListener): StoreChannel {
  const worker = new Worker(new URL('./disk/thread.js', import.meta.url), { workerData: spec });
  let requests: StoreRequest[] = [];
  let isClosed = false;
  let failure: Error | undefined;
  const send = (): void => {
    const parcel = packRequests(requests);
    requests = [];
    worker.postMessage(parcel.requests, parcel.transfers);
  };
  worker.on('message', (replies: readonly StoreReply[]) => {
    // A thread whose directory was refused has nothing to do and ends, too.
    isClosed ||= replies.some(
      (reply) =>
        reply.kind === 'closed' || (reply.kind === 'refused' && reply.request === undefined),
    );
    listener.onReplies(replies);
  });
  worker.on('error', (error) => {
    failure = error instanceof Error ? error : new Error(String(error));
  });
  worker.on('exit', (code) => {
    if (isClosed) listener.onEnd(undefined);
    else listener.onEnd(failure ?? new Error(`the thread of the log ended with code ${code}`));
  });
  return {
    post: (request) => {
      if (requests.length === 0) queueMicrotask(send);
      requests.push(request);
    },
  };
}
