import type { Counter } from '../component/context.ts';
import type { Ingress } from '../component/receiver.ts';
import type { Signal } from '../component/signal.ts';
import type { Verdict } from '../component/verdict.ts';
import type { Consumer } from '../stage/consumer.ts';
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

const notReady: Verdict = {
  kind: 'unavailable',
  message: 'no pipeline takes this signal now',
  retryAfterMs: 1000,
};

/** Creates the entrance for the receiver of that id, with nothing behind it yet. */
export function createIngress(receiver: string, metrics: OwnMetrics): SwappableIngress {
  let targets: IngressTargets = new Map();
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
      accepts: (signal) => targets.has(signal),
      consume: async (request) => {
        if (held !== undefined) await held;
        const target = targets.get(request.signal);
        if (target === undefined) return notReady;
        const { verdict, items } = await target.consume(request);
        const rejected = verdict.kind === 'accepted' ? verdict.rejectedItems : items;
        acceptedItems[request.signal].add(Math.max(0, items - rejected));
        refusedItems[request.signal].add(rejected);
        return verdict;
      },
      settled: async (signal) => targets.get(signal)?.settled(),
    },
    swap: (next) => {
      targets = next;
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
