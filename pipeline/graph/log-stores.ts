import type { Clock } from '../component/context.ts';
import type { Signal } from '../component/signal.ts';
import type { Log } from '../log/log.ts';
import { createMemoryStore } from '../log/memory-store.ts';
import type { StorageSettings } from '../log/storage.ts';
import type { LogStore } from '../log/store.ts';
import type { OwnMetrics } from '../telemetry/own-metrics.ts';
import { keepLog } from './kept-log.ts';
import type { KeptLog } from './kept-log.ts';

/** Every log of a process. They are opened once, go from graph to graph over reloads, and are closed last. */
export interface LogStores {
  /**
   * The log of a pipeline, the very same as long as its storage is; in memory where `storage` is undefined.
   * @throws Error naming the file or directory, where what is on disk cannot be used.
   */
  open(pipeline: string, signal: Signal, storage: StorageSettings | undefined): Promise<KeptLog>;
  /** Why appends are refused, one sentence each. */
  readonly refusals: readonly string[];
  /** What has failed for good, one sentence each. */
  readonly failures: readonly string[];
  /** How long the oldest append under way has been waiting. */
  readonly waitingMs: number;
  /** Only these logs are in use: says so of what the others still hold, and closes the stores that have none of them. */
  retain(logs: ReadonlySet<Log>): Promise<void>;
  close(): Promise<void>;
}

/** What `createLogStores` takes. */
export interface LogStoresOptions {
  readonly clock: Clock;
  readonly metrics: OwnMetrics;
  /** Opens the store of a directory. @throws Error where the directory cannot be used, or another process uses it. */
  openDiskStore(storage: StorageSettings): Promise<LogStore>;
}

interface OpenStore {
  readonly store: LogStore;
  readonly logs: Map<string, { readonly log: KeptLog; readonly unwatch: () => void }>;
}

/** The key of the store in memory: no directory is called so. */
const inMemory = '';

/** Creates the stores of a process; a directory is opened when the first log in it is. */
export function createLogStores(options: LogStoresOptions): LogStores {
  const stores = new Map<string, OpenStore>();

  const openStore = async (storage: StorageSettings | undefined): Promise<OpenStore> => {
    const key = storage?.directory ?? inMemory;
    const known = stores.get(key);
    if (known !== undefined) return known;
    const store =
      storage === undefined ? createMemoryStore(options) : await options.openDiskStore(storage);
    const opened: OpenStore = { store, logs: new Map() };
    stores.set(key, opened);
    return opened;
  };

  return {
    open: async (pipeline, signal, storage) => {
      const { store, logs } = await openStore(storage);
      const known = logs.get(pipeline);
      if (known !== undefined) return known.log;
      const log = keepLog(await store.open(pipeline, signal), { ...options, pipeline });
      const labels = { pipeline, log: 'out' };
      const unwatch = options.metrics.watch('weir_log_bytes', () => [{ labels, value: log.bytes }]);
      logs.set(pipeline, { log, unwatch });
      return log;
    },
    get refusals() {
      return [...stores.values()].flatMap(({ store, logs }) => {
        const health = store.health();
        const full = [...logs.values()].flatMap(({ log }) => log.refusal ?? []);
        return health.state === 'ok' ? full : [health.reason, ...full];
      });
    },
    get failures() {
      return [...stores.values()].flatMap(({ store }) => {
        const health = store.health();
        return health.state === 'failed' ? [health.reason] : [];
      });
    },
    get waitingMs() {
      const logs = [...stores.values()].flatMap((one) => [...one.logs.values()]);
      return Math.max(0, ...logs.map(({ log }) => log.waitingMs));
    },
    retain: async (used) => {
      for (const [key, { store, logs }] of stores) {
        for (const { log } of logs.values()) if (!used.has(log)) log.leaveBehind();
        if (key === inMemory || [...logs.values()].some(({ log }) => used.has(log))) continue;
        stores.delete(key);
        for (const { unwatch } of logs.values()) unwatch();
        await store.close();
      }
    },
    close: async () => {
      await Promise.all([...stores.values()].map(({ store }) => store.close()));
    },
  };
}
