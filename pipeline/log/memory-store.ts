import type { Clock } from '../component/context.ts';
import type { Log } from './log.ts';
import { createMemoryLog } from './memory-log.ts';
import type { LogStore } from './store.ts';

/** Creates a store whose logs live in memory: they outlive a reload, and end with the process. */
export function createMemoryStore({ clock }: { readonly clock: Clock }): LogStore {
  const logs = new Map<string, Log>();
  return {
    isDurable: false,
    open: (pipeline, signal) => {
      const idPrefix = `${pipeline}/${clock.now().toString(36)}`;
      const log = logs.get(pipeline) ?? createMemoryLog({ signal, idPrefix, clock });
      logs.set(pipeline, log);
      return Promise.resolve(log);
    },
    health: () => ({ state: 'ok' }),
    orphans: () => [],
    close: async () => {
      await Promise.all([...logs.values()].map((log) => log.close()));
    },
  };
}
