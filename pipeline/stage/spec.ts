import type { ItemLimits } from '../batch/trim.ts';
import type { Signal } from '../component/signal.ts';
import type { SharedTableMemory } from './shared-table.ts';

/** What a worker needs to know of one component instance; cloned to it when it starts. */
export interface PartSpec {
  readonly part: 'transform' | 'map' | 'encode';
  readonly type: string;
  /** Component id as in the YAML. */
  readonly id: string;
  /** As the factory's schema parsed it. */
  readonly config: unknown;
  /** As the factory's `prepare` resolved. */
  readonly prepared: unknown;
}

/** What runs over the requests of one pipeline, in order. */
export interface ChainSpec {
  readonly pipeline: string;
  readonly signal: Signal;
  readonly parts: readonly PartSpec[];
}

/** An exporter's encoder, for slices of one signal. */
export interface EncoderSpec {
  readonly signal: Signal;
  readonly part: PartSpec;
}

/** Everything that the workers of one graph know: their `workerData`. Chains and encoders are addressed by index. */
export interface StageSpec {
  readonly chains: readonly ChainSpec[];
  readonly encoders: readonly EncoderSpec[];
  /** By `component id` + NUL + table name. */
  readonly tables: ReadonlyMap<string, SharedTableMemory>;
  /** What an item of a request may hold; anything where absent. */
  readonly limits?: ItemLimits;
  /** A worker that finds the process larger than this collects its garbage; none does where absent. */
  readonly softBytes?: number;
}

/** The key of a table in `StageSpec.tables`. */
export function tableKey(componentId: string, name: string): string {
  return `${componentId}\0${name}`;
}
