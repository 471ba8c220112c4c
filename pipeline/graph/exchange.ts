import type { Logger } from '../component/context.ts';
import type { Lifecycle } from '../component/lifecycle.ts';
import type { ComponentSpec } from '../config/config.ts';
import { isSameSpec } from './config-changes.ts';
import { messageOf, shutdownAll, startAll } from './lifecycles.ts';
import type { Deadline, Named } from './lifecycles.ts';

/** A component that runs, and what it was made of. */
export interface Slot<Component extends Lifecycle> {
  readonly spec: ComponentSpec;
  readonly named: Named<Component>;
}

/** Components of one kind, by id. */
export type Slots<S> = ReadonlyMap<string, S>;

/** How running components give way to those of another configuration. Those that are configured the same run on. */
export interface Exchange<S> {
  /** What runs afterwards. */
  readonly next: Slots<S>;
  /** In `next` and made for it; not started before `swap`. */
  readonly fresh: readonly S[];
  /**
   * Shuts down those that are not in `next`, because the new ones may want their ports, and starts the new ones.
   * @throws Error naming the component that did not start; the caller calls `undo` then.
   */
  swap(deadline: Deadline): Promise<void>;
  /**
   * Ends what `swap` started and makes anew what it shut down. Does nothing before `swap`.
   * @returns what runs then, without what could not be started again.
   */
  undo(deadline: Deadline, remake: (spec: ComponentSpec) => S): Promise<Slots<S>>;
}

/**
 * Compares what runs with what is wanted, and makes what is missing.
 * @throws Error where a component cannot be made; nothing has changed then.
 */
export function planExchange<S extends Slot<Lifecycle>>(
  old: Slots<S>,
  wanted: readonly ComponentSpec[],
  { make, logger }: { readonly make: (spec: ComponentSpec) => S; readonly logger: Logger },
): Exchange<S> {
  const isKept = (spec: ComponentSpec): boolean => isSameSpec(old.get(spec.id)?.spec, spec);
  const fresh = wanted.filter((spec) => !isKept(spec)).map(make);
  const made = new Map(fresh.map((slot) => [slot.spec.id, slot]));
  const next = new Map(
    wanted.flatMap(({ id }) => {
      const slot = made.get(id) ?? old.get(id);
      return slot === undefined ? [] : [[id, slot] as const];
    }),
  );
  const ended = [...old].filter(([id, slot]) => next.get(id) !== slot).map(([, slot]) => slot);
  let hasSwapped = false;
  return {
    next,
    fresh,
    swap: async (deadline) => {
      hasSwapped = true;
      await shutdownAll([...ended].reverse().map(toNamed), deadline, logger);
      await startAll(fresh.map(toNamed));
    },
    undo: async (deadline, remake) => {
      if (!hasSwapped) return old;
      await shutdownAll(fresh.map(toNamed), deadline, logger);
      const back = new Map(old);
      for (const { spec } of ended) {
        const slot = await restart(spec, remake, logger);
        if (slot === undefined) back.delete(spec.id);
        else back.set(spec.id, slot);
      }
      return back;
    },
  };
}

/** A component under its id, for starting and shutting down. */
export function toNamed<C extends Lifecycle>({ named }: Slot<C>): Named<C> {
  return named;
}

async function restart<S extends Slot<Lifecycle>>(
  spec: ComponentSpec,
  make: (spec: ComponentSpec) => S,
  logger: Logger,
): Promise<S | undefined> {
  try {
    const slot = make(spec);
    await startAll([slot.named]);
    return slot;
  } catch (error) {
    logger.error('a component of the old configuration could not be started again', {
      component: spec.id,
      error: messageOf(error),
    });
    return undefined;
  }
}
