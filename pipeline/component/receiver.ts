import type { z } from 'zod';
import type { ComponentContext, MetricDeclarations } from './context.ts';
import type { Lifecycle, Stability } from './lifecycle.ts';
import type { Signal } from './signal.ts';
import type { Verdict } from './verdict.ts';

/** How a body was compressed, in HTTP's words. */
export type Compression = 'identity' | 'gzip' | 'deflate' | 'zstd';

/** A resource attribute that the receiver adds, because the log would lose what it knows. Never a credential. */
export interface Stamp {
  readonly key: string;
  readonly value: string;
}

/** One export request as it came, not yet inflated or decoded: that happens in the worker. */
export interface IngressRequest {
  readonly signal: Signal;
  /** Owned by the pipeline from here on. */
  readonly body: Uint8Array;
  readonly encoding: 'protobuf' | 'json';
  readonly compression: Compression;
  /** Limit for the inflated body. */
  readonly maxBytes: number;
  readonly stamps: readonly Stamp[];
}

/** The pipelines behind a receiver. Survives reloads: the graph behind it is swapped. */
export interface Ingress {
  /** Whether any pipeline of that signal has this receiver. */
  accepts(signal: Signal): boolean;
  /** Resolves with the verdict once the first log of every such pipeline has committed; never rejects. */
  consume(request: IngressRequest): Promise<Verdict>;
  /**
   * For a source that can replay: resolves once all requests of that signal that were accepted so far are settled below,
   * so that it may forget them. On disk they are as soon as they are accepted, in memory once every exporter is done.
   */
  settled(signal: Signal): Promise<void>;
}

/** A running source of requests. One instance serves all signals of its id. */
export type Receiver = Lifecycle;

/** What `defineReceiver` takes; `schema` is a strict zod object with default, description, unit and secret flag at each key. */
export interface ReceiverDefinition<Schema extends z.ZodType> {
  readonly type: string;
  readonly stability: Stability;
  readonly signals: readonly Signal[];
  readonly schema: Schema;
  readonly metrics?: MetricDeclarations;
  create(config: z.output<Schema>, context: ComponentContext, ingress: Ingress): Receiver;
}

/** A receiver type with its config type sealed in. */
export interface ReceiverFactory {
  readonly kind: 'receiver';
  readonly type: string;
  readonly stability: Stability;
  readonly signals: readonly Signal[];
  readonly schema: z.ZodType;
  readonly metrics: MetricDeclarations;
  create(config: unknown, context: ComponentContext, ingress: Ingress): Receiver;
}

/** Seals a receiver's config type, so that the registry holds unlike components without a cast. */
export function defineReceiver<Schema extends z.ZodType>(
  definition: ReceiverDefinition<Schema>,
): ReceiverFactory {
  return {
    kind: 'receiver',
    type: definition.type,
    stability: definition.stability,
    signals: definition.signals,
    schema: definition.schema,
    metrics: definition.metrics ?? {},
    create: (config, context, ingress) =>
      definition.create(definition.schema.parse(config), context, ingress),
  };
}
