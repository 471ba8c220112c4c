import type { Labels } from '../component/context.ts';
import type { PartSpec } from './spec.ts';

/** One counter's growth during a task, as it crosses to the main thread. */
export interface CounterDelta {
  readonly kind: 'processor' | 'connector' | 'exporter';
  /** Component id as in the YAML. */
  readonly component: string;
  readonly name: string;
  readonly labels: Labels;
  value: number;
}

/** Gathers what worker parts count during a task; what a failed request counted is forgotten. */
export interface TaskCounters {
  count(part: PartSpec, name: string, labels: Labels, value: number): void;
  /** Keeps what was counted since the last `keep` or `forget`. */
  keep(): void;
  forget(): void;
  /** Everything kept since the last call; undefined where nothing was. */
  take(): readonly CounterDelta[] | undefined;
}

const kinds = { transform: 'processor', map: 'connector', encode: 'exporter' } as const;

/** Creates the counters of one thread. */
export function createTaskCounters(): TaskCounters {
  const kept = new Map<string, CounterDelta>();
  let pending: CounterDelta[] = [];
  return {
    count: ({ part, id }, name, labels, value) => {
      pending.push({ kind: kinds[part], component: id, name, labels, value });
    },
    keep: () => {
      for (const delta of pending) addTo(kept, delta);
      pending = [];
    },
    forget: () => {
      pending = [];
    },
    take: () => {
      if (kept.size === 0) return undefined;
      const deltas = [...kept.values()];
      kept.clear();
      return deltas;
    },
  };
}

function addTo(kept: Map<string, CounterDelta>, delta: CounterDelta): void {
  let key = `${delta.kind}\0${delta.component}\0${delta.name}`;
  for (const name in delta.labels) key += `\0${name}\0${delta.labels[name] ?? ''}`;
  const existing = kept.get(key);
  if (existing === undefined) kept.set(key, delta);
  else existing.value += delta.value;
}
