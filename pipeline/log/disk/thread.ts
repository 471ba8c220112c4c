import { parentPort, workerData } from 'node:worker_threads';
import { maxTimerMs } from '../../telemetry/clock.ts';
import { nodeFileSystem } from './file-system.ts';
import { messageOf } from './message-of.ts';
import type { StoreReply, StoreRequest, StoreSpec } from './messages.ts';
import { identifyProcess, probeProcess } from './process-identity.ts';
import { openStoreCore } from './store-core.ts';
import type { StoreCore } from './store-core.ts';
import { StorageError } from '../storage-error.ts';

/** The thread of a store: it does nothing but what the disk does, so nobody else ever waits for the disk. */
const port = parentPort;
if (port === null) throw new Error('thread.ts is the entry of a worker thread');

/** How often cursors are brought to the disk and segments freed. */
const syncEveryMs = 100;

/** How often the disk is looked at. */
const tickEveryMs = 1000;

let replies: StoreReply[] = [];
const send = (): void => {
  if (replies.length === 0) return;
  const buffers = replies.flatMap((reply) =>
    reply.kind === 'event' && reply.event.kind === 'slice' ? [reply.event.slice.bytes.buffer] : [],
  );
  port.postMessage(replies, buffers);
  replies = [];
};

const core = open();
send();
if (core !== undefined) run(core);

function open(): StoreCore | undefined {
  try {
    return openStoreCore({
      // The main thread puts nothing else there; see openDiskStore.
      spec: workerData as StoreSpec,
      fs: nodeFileSystem,
      now: () => Date.now(),
      monotonic: () => performance.now(),
      self: identifyProcess(),
      probe: probeProcess,
      wait: (ms) => {
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
      },
      reply: (reply) => {
        replies.push(reply);
      },
    });
  } catch (error) {
    const problem = error instanceof StorageError ? error.problem : undefined;
    replies.push({ kind: 'refused', request: undefined, problem, message: messageOf(error) });
    return undefined;
  }
}

/** Everything that arrives in one turn of the event loop is one group: what comes while the disk is busy, waits for the next. */
function run(store: StoreCore): void {
  let isDue = false;
  let timer: NodeJS.Timeout | undefined;
  const flush = (): void => {
    isDue = false;
    clearTimeout(timer);
    const waitMs = store.flush();
    send();
    if (waitMs === 0) schedule();
    else if (waitMs < Infinity) timer = setTimeout(schedule, Math.min(waitMs, maxTimerMs));
  };
  const schedule = (): void => {
    if (isDue) return;
    isDue = true;
    setImmediate(flush);
  };
  const intervals = [
    setInterval(() => {
      store.sync();
      send();
    }, syncEveryMs),
    setInterval(() => {
      store.tick();
      schedule();
    }, tickEveryMs),
  ];
  // The main thread posts nothing else; see openDiskStore.
  port?.on('message', (requests: readonly StoreRequest[]) => {
    for (const request of requests) {
      store.receive(request);
      if (request.kind !== 'close') continue;
      for (const interval of intervals) clearInterval(interval);
      clearTimeout(timer);
      send();
      port.close();
      return;
    }
    schedule();
  });
}
