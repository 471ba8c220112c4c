import type { Clock, Logger } from '../component/context.ts';
import type { Lifecycle } from '../component/lifecycle.ts';
import { maxTimerMs } from '../telemetry/clock.ts';

/** A component instance under its id. */
export interface Named<Component extends Lifecycle> {
  readonly id: string;
  readonly kind: string;
  readonly component: Component;
}

/**
 * Starts components one after the other.
 * @throws Error `failed to start <kind> "<id>": …` at the first that does not start; the caller shuts everything down.
 */
export async function startAll(components: readonly Named<Lifecycle>[]): Promise<void> {
  for (const { id, kind, component } of components) {
    try {
      await component.start?.();
    } catch (error) {
      throw new Error(`failed to start ${kind} "${id}": ${messageOf(error)}`, { cause: error });
    }
  }
}

/**
 * Makes a component.
 * @throws Error `<kind> "<id>": …` where that fails, so that the message says whose it is.
 */
export function naming<T>(kind: string, id: string, make: () => T): T {
  try {
    return make();
  } catch (error) {
    throw nameError(kind, id, error);
  }
}

/** The error of a component with its kind and id before the message. */
export function nameError(kind: string, id: string, error: unknown): Error {
  return new Error(`${kind} "${id}": ${messageOf(error)}`, { cause: error });
}

/** A point in time by which shutdown must be over. */
export interface Deadline {
  /** Milliseconds left, never negative. */
  readonly leftMs: number;
}

/** Starts a budget. */
export function createDeadline(clock: Clock, budgetMs: number): Deadline {
  const end = clock.monotonic() + budgetMs;
  return {
    get leftMs() {
      return Math.max(0, end - clock.monotonic());
    },
  };
}

/**
 * Shuts components down, in the given order, all together up to the deadline. What fails or takes too long is logged and
 * left behind: shutdown goes on.
 */
export async function shutdownAll(
  components: readonly Named<Lifecycle>[],
  deadline: Deadline,
  logger: Logger,
): Promise<void> {
  for (const { id, kind, component } of components) {
    try {
      const shutdown = component.shutdown?.();
      if (shutdown !== undefined) await within(shutdown, deadline.leftMs);
    } catch (error) {
      logger.warn('a component did not shut down cleanly', { [kind]: id, error: messageOf(error) });
    }
  }
}

/**
 * Waits for a promise up to `ms`.
 * @throws Error where it takes longer.
 */
export async function within(promise: Promise<unknown>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () => {
        reject(new Error('out of time'));
      },
      Math.min(ms, maxTimerMs),
    );
  });
  try {
    await Promise.race([promise, timeout]);
  } finally {
    clearTimeout(timer);
  }
}

/** The text of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
