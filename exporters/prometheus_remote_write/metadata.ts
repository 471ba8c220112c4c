import type { Clock } from '../../pipeline/component/context.ts';
import type { Outcome } from '../../pipeline/component/outcome.ts';
import type { Connection } from './connection.ts';
import type { WritePoint } from './write-point.ts';

/** Tells the server of types, units and help, for protocols that do not say that with the series. */
export interface MetadataSender {
  /** Remembers families that have not been told of for a while. */
  add(points: readonly WritePoint[]): void;
  /** Tells of what is waiting; the failure where that is worth repeating. What is refused is left out. */
  send(connection: Connection, abort: AbortSignal): Promise<Outcome | undefined>;
}

/** As Prometheus itself does. */
const intervalMs = 60_000;

/** Names are not bounded: those told of longest ago are told again. */
const maxFamilies = 10_000;

/** Creates a sender that tells of every family once in a minute in which it has points. */
export function createMetadataSender(clock: Pick<Clock, 'monotonic'>): MetadataSender {
  const toldMs = new Map<string, number>();
  const waiting = new Map<string, WritePoint>();
  return {
    add: (points) => {
      for (const point of points) {
        const told = toldMs.get(point.family);
        if (told === undefined || clock.monotonic() - told >= intervalMs) {
          waiting.set(point.family, point);
        }
      }
    },
    send: async (connection, abort) => {
      if (waiting.size === 0) return undefined;
      const answer = await connection.sendMetadata([...waiting.values()], abort);
      if (answer.kind === 'failed' && answer.outcome.kind === 'retryable') return answer.outcome;
      for (const family of waiting.keys()) {
        toldMs.delete(family);
        toldMs.set(family, clock.monotonic());
      }
      waiting.clear();
      for (const family of toldMs.keys()) {
        if (toldMs.size <= maxFamilies) break;
        toldMs.delete(family);
      }
      return undefined;
    },
  };
}
