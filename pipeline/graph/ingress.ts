import type { Counter } from '../component/context.ts';
import type { Ingress } from '../component/receiver.ts';
import type { Signal } from '../component/signal.ts';
import type { Verdict } from '../component/verdict.ts';
import type { Consumed, Consumer } from '../stage/consumer.ts';
import type { OwnMetrics } from '../telemetry/own-metrics.ts';

/** The pipelines of one signal behind a receiver. */
export interface IngressTarget extends Consumer {
  /** As `Ingress.settled`. */
  settled(): Promise<void>;
}

/** Where a receiver's requests go, by signal. */
export type IngressTargets = ReadonlyMap<Signal, IngressTarget>;

/** The pipelines behind one receiver, exchangeable while it runs: a reload swaps them and the receiver notices nothing. */
export interface SwappableIngress {
  readonly ingress: Ingress;
  swap(targets: IngressTargets): void;
  /** Requests wait from now on, until what this returns is called; what is under way goes on. */
  hold(): () => void;
}

/** The pipelines of a signal, and what they have not answered yet. */
interface Behind {
  readonly target: IngressTarget;
  readonly underWay: Set<Promise<Consumed>>;
}

/** What is behind an entrance now, and what was there before and is not settled. */
interface Succession {
  get(signal: Signal): Behind | undefined;
  follow(next: IngressTargets): void;
  settled(signal: Signal): Promise<void>;
}

function createSuccession(): Succession {
  let now: ReadonlyMap<Signal, Behind> = new Map();
  const before = new Set<{ readonly signal: Signal; readonly settled: Promise<void> }>();
  const leave = async (signal: Signal, { target, underWay }: Behind): Promise<void> => {
    const settled = Promise.allSettled(underWay).then(() => target.settled());
    const left = { signal, settled };
    before.add(left);
    await settled;
    before.delete(left);
  };
  return {
    get: (signal) => now.get(signal),
    follow: (next) => {
      for (const [signal, behind] of now) void leave(signal, behind);
      now = new Map([...next].map(([signal, target]) => [signal, { target, underWay: new Set() }]));
    },
    settled: async (signal) => {
      const left = [...before].filter((one) => one.signal === signal);
      await Promise.all([now.get(signal)?.target.settled(), ...left.map(({ settled }) => settled)]);
    },
  };
}

const notReady: Verdict = {
  kind: 'unavailable',
  message: 'no pipeline takes this signal now',
  retryAfterMs: 1000,
};

/** Creates the entrance for the receiver of that id, with nothing behind it yet. */
export function createIngress(receiver: string, metrics: OwnMetrics): SwappableIngress {
  const pipelines = createSuccession();
  let held: Promise<void> | undefined;
  const countersOf = (
    name: 'weir_receiver_accepted_items_total' | 'weir_receiver_refused_items_total',
  ): Readonly<Record<Signal, Counter>> => ({
    traces: metrics.counter(name, { receiver, signal: 'traces' }),
    logs: metrics.counter(name, { receiver, signal: 'logs' }),
    metrics: metrics.counter(name, { receiver, signal: 'metrics' }),
  });
  const acceptedItems = countersOf('weir_receiver_accepted_items_total');
  const refusedItems = countersOf('weir_receiver_refused_items_total');
  return {
    ingress: {
      accepts: (signal) => pipelines.get(signal) !== undefined,
      consume: async (request) => {
        if (held !== undefined) await held;
        const behind = pipelines.get(request.signal);
        if (behind === undefined) return notReady;
        const { target, underWay } = behind;
        const consuming = target.consume(request);
        underWay.add(consuming);
        const { verdict, items } = await consuming.finally(() => underWay.delete(consuming));
        const rejected = verdict.kind === 'accepted' ? verdict.rejectedItems : items;
        acceptedItems[request.signal].add(Math.max(0, items - rejected));
        refusedItems[request.signal].add(rejected);
        return verdict;
      },
      settled: (signal) => pipelines.settled(signal),
    },
    swap: (next) => {
      pipelines.follow(next);
    },
    hold: () => {
      let open = (): void => undefined;
      held = new Promise((resolve) => (open = resolve));
      return () => {
        held = undefined;
        open();
      };
    },
  };
}
