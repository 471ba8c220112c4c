import type { Batch, BatchReader } from '../batch/batch.ts';
import type { Keys } from '../batch/key.ts';
import type { Labels } from './context.ts';
import type { SharedTable } from './shared-table.ts';
import type { Signal } from './signal.ts';

/**
 * The parts of components that run in workers. Their modules import neither zod nor any I/O: parsed configs and what
 * `prepare` read come to them by structured clone.
 */

/** What a worker part gets when the graph is built. */
export interface WorkerContext {
  /** Component id as in the YAML. */
  readonly id: string;
  /** Signal of the pipeline that the part runs in. */
  readonly signal: Signal;
  readonly keys: Keys;
  /** Adds to a counter that the component's factory declares; sent to the main thread with the task's answer. */
  count(name: string, labels?: Labels, value?: number): void;
  /** A table that the component's factory declares. @throws Error for a name that was not declared. */
  sharedTable(name: string): SharedTable;
}

/** Edits the batch in place. Synchronous, no I/O, deterministic: a batch may be run again after a crash. */
export type Transform = (batch: Batch) => void;

/** The worker part of a processor. */
export interface TransformDefinition {
  readonly part: 'transform';
  readonly type: string;
  create(config: unknown, prepared: unknown, context: WorkerContext): Transform;
}

/** Reduces a batch to a small structured-cloneable summary; undefined where it holds nothing of interest. Reads only. */
export type SummaryMap = (batch: Batch) => unknown;

/** The worker part of a connector or sampler. */
export interface MapDefinition {
  readonly part: 'map';
  readonly type: string;
  create(config: unknown, prepared: unknown, context: WorkerContext): SummaryMap;
}

/** What an exporter sends in one attempt. */
export interface Payload {
  readonly body: Uint8Array;
  /** Items it stands for in the ledger; the payloads of a slice sum to the slice's items. */
  readonly items: number;
  /** Where it goes (a table, a topic, a partition), structured-cloneable; undefined where there is nothing to say. */
  readonly route?: unknown;
}

/** Contiguous records of a log: one valid export request, because requests concatenate. */
export interface SliceBytes {
  readonly signal: Signal;
  readonly bytes: Uint8Array;
  readonly items: number;
}

/** Turns a slice into payloads. Pure and deterministic: retries and restarts must form the same payloads again. */
export type Encode = (slice: SliceBytes, reader: BatchReader) => Payload[];

/** The worker part of an exporter. */
export interface EncodeDefinition {
  readonly part: 'encode';
  readonly type: string;
  create(config: unknown, prepared: unknown, context: WorkerContext): Encode;
}

/** Any worker part. */
export type WorkerPart = TransformDefinition | MapDefinition | EncodeDefinition;

/**
 * Seals the config and prepared types of a transform. The cast is sound because main sends what the factory of the same
 * type parsed and prepared; `test/contract` checks that each part has its factory.
 */
export function defineTransform<Config, Prepared = undefined>(definition: {
  readonly type: string;
  create(config: Config, prepared: Prepared, context: WorkerContext): Transform;
}): TransformDefinition {
  return {
    part: 'transform',
    type: definition.type,
    create: (config, prepared, context) =>
      definition.create(config as Config, prepared as Prepared, context),
  };
}

/** Seals the types of a map, as `defineTransform`. */
export function defineMap<Config, Prepared = undefined, Summary = unknown>(definition: {
  readonly type: string;
  create(
    config: Config,
    prepared: Prepared,
    context: WorkerContext,
  ): (batch: Batch) => Summary | undefined;
}): MapDefinition {
  return {
    part: 'map',
    type: definition.type,
    create: (config, prepared, context) =>
      definition.create(config as Config, prepared as Prepared, context),
  };
}

/** Seals the types of an encoder, as `defineTransform`. */
export function defineEncode<Config, Prepared = undefined>(definition: {
  readonly type: string;
  create(config: Config, prepared: Prepared, context: WorkerContext): Encode;
}): EncodeDefinition {
  return {
    part: 'encode',
    type: definition.type,
    create: (config, prepared, context) =>
      definition.create(config as Config, prepared as Prepared, context),
  };
}
