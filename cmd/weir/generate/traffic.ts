import { dialects } from './dialect.ts';
import type { Dialect, DialectName } from './dialect.ts';
import type { PlacedTrace } from './encode-traces.ts';
import { createRandom } from './random.ts';
import { createTrace } from './scenario.ts';

/** What traffic to make up. */
export interface TrafficOptions {
  readonly dialect: DialectName | 'mixed';
  readonly personalData: boolean;
  readonly seed: number;
}

/** Makes up the next trace, such that it ends at `nowMs`. The same seed gives the same traces. */
export type NextTrace = (nowMs: number) => PlacedTrace;

/** Makes an endless source of traces. */
export function createTraffic({ dialect, personalData, seed }: TrafficOptions): NextTrace {
  const random = createRandom(seed);
  const [first, ...rest] = Object.values<Dialect>(dialects);
  if (first === undefined) throw new Error('no dialect is known');
  return (nowMs) => {
    const chosen = dialect === 'mixed' ? random.pick([first, ...rest]) : dialects[dialect];
    const traceId = random.hex(16);
    const steps = createTrace({ random, personalData });
    const [root] = steps;
    const service = root?.kind === 'agent' ? root.name : 'generate';
    return { traceId, startMs: nowMs - (root?.durationMs ?? 0), service, dialect: chosen, steps };
  };
}
