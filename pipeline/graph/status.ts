import type { LogStores } from './log-stores.ts';

/** Where the daemon stands in its life. */
export type EngineState = 'starting' | 'running' | 'draining' | 'stopped';

/** What extensions see of the engine, offered to them as `engine.status`. */
export interface EngineStatus {
  readonly state: EngineState;
  /** Milliseconds since the epoch when it began to run; undefined before. */
  readonly runningSinceMs: number | undefined;
  /** Why requests are refused though it runs, one sentence each; ready means `running` and none. */
  readonly refusals: readonly string[];
  /** What only a restart can help, one sentence each; live means none. */
  readonly stalls: readonly string[];
}

/** The name that `EngineStatus` is offered under. */
export const engineStatusOffer = 'engine.status';

/** True where an offer is an `EngineStatus`. */
export function isEngineStatus(offer: unknown): offer is EngineStatus {
  return typeof offer === 'object' && offer !== null && 'state' in offer && 'stalls' in offer;
}

/** The engine's hold on its status. */
export interface StatusKeeper {
  readonly shown: EngineStatus;
  enter(state: EngineState, nowMs: number): void;
  /** What a reload that was taken back could not bring back; it refuses until a reload succeeds. */
  broken: readonly string[];
}

/** An append that takes longer means that the disk or the log's thread hangs: the slowest honest fsync is far below. */
const stallMs = 60_000;

/** Creates the status of an engine that starts. */
export function createStatus(
  stores: Pick<LogStores, 'refusals' | 'failures' | 'waitingMs'>,
): StatusKeeper {
  let state: EngineState = 'starting';
  let runningSinceMs: number | undefined;
  const keeper: StatusKeeper = {
    broken: [],
    enter: (next, nowMs) => {
      state = next;
      if (next === 'running') runningSinceMs = nowMs;
    },
    shown: {
      get state() {
        return state;
      },
      get runningSinceMs() {
        return runningSinceMs;
      },
      get refusals() {
        return [...keeper.broken, ...stores.refusals];
      },
      get stalls() {
        const { failures, waitingMs } = stores;
        if (waitingMs < stallMs) return failures;
        return [...failures, `a log has not answered for ${Math.round(waitingMs / 1000)} s`];
      },
    },
  };
  return keeper;
}
