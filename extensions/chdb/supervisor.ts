import type { Clock, Logger } from '../../pipeline/component/context.ts';
import type { Bridge } from './bridge.ts';

/** Keeps one bridge running. */
export interface Supervisor {
  /** Starts the first bridge. Rejects where that fails: a store that never came up is a matter for the user. */
  start(): Promise<Bridge>;
  /** Stops the bridge and restarts no more. Safe twice and before `start`. */
  stop(): Promise<void>;
}

/** What the supervisor needs. */
export interface SupervisorOptions {
  /** Starts a bridge; for a restart with the one that went, whose address must be kept. */
  open(previous: Bridge | undefined): Promise<Bridge>;
  /** Called before each restart. */
  onRestart(): void;
  readonly clock: Clock;
  readonly logger: Logger;
}

const firstWaitMs = 250;
const longestWaitMs = 30_000;
/** A bridge that ran this long was sound: its end is no sign that the next one will end at once. */
const soundMs = 60_000;

/** Creates a supervisor that restarts a bridge whose process ended, with waits that double while it keeps ending. */
export function createSupervisor(options: SupervisorOptions): Supervisor {
  const { clock, logger } = options;
  const stopping = new AbortController();
  let bridge: Bridge | undefined;
  let watching: Promise<void> = Promise.resolve();

  const watch = async (first: Bridge): Promise<void> => {
    let current = first;
    let waitMs = firstWaitMs;
    for (;;) {
      const since = clock.monotonic();
      const how = await current.exited;
      if (stopping.signal.aborted) return;
      if (clock.monotonic() - since > soundMs) waitMs = firstWaitMs;
      logger.error('The embedded ClickHouse ended; restarting it.', { how, wait_ms: waitMs });
      const next = await reopen(current, waitMs);
      if (next === undefined) return;
      current = next;
      waitMs = Math.min(waitMs * 2, longestWaitMs);
    }
  };

  const reopen = async (gone: Bridge, firstMs: number): Promise<Bridge | undefined> => {
    let waitMs = firstMs;
    while (await slept(waitMs)) {
      options.onRestart();
      try {
        const opened = await options.open(gone);
        bridge = opened;
        if (stopping.signal.aborted) await opened.stop();
        return opened;
      } catch (error) {
        waitMs = Math.min(waitMs * 2, longestWaitMs);
        logger.error('The embedded ClickHouse did not restart.', {
          error: error instanceof Error ? error.message : String(error),
          wait_ms: waitMs,
        });
      }
    }
    return undefined;
  };

  const slept = async (ms: number): Promise<boolean> => {
    try {
      await clock.sleep(ms, stopping.signal);
    } catch {
      // The sleep rejects where the supervisor is told to stop.
    }
    return !stopping.signal.aborted;
  };

  return {
    start: async () => {
      bridge = await options.open(undefined);
      watching = watch(bridge);
      return bridge;
    },
    stop: async () => {
      stopping.abort();
      await bridge?.stop();
      await watching;
    },
  };
}
