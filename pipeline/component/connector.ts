import type { z } from 'zod';
import type { ComponentContext, MetricDeclarations } from './context.ts';
import type { Lifecycle, Stability } from './lifecycle.ts';
import type { Signal } from './signal.ts';

/** Where a connector puts what it makes: the pipelines that have it as a receiver. */
export interface ConnectorOutput {
  /** Hands on an export request; resolves once the first logs behind it have committed, rejects where they refuse. */
  emit(signal: Signal, bytes: Uint8Array): Promise<void>;
}

/** The main-thread half of a connector that maps and reduces; owns the state. */
export interface Reducer extends Lifecycle {
  /** Takes one batch's summary, after the batch's append resolved: a refused call that is repeated is not counted twice. */
  add(summary: unknown): void;
  /** What the reducer of the next graph takes over where it is configured the same; both use it until this one ends. */
  readonly state?: unknown;
}

/** What `defineConnector` takes. Its map is the `defineMap` of the same type. */
export interface ConnectorDefinition<Schema extends z.ZodType> {
  readonly type: string;
  readonly stability: Stability;
  /** Signal pairs that it can connect. */
  readonly connects: readonly { readonly from: Signal; readonly to: Signal }[];
  readonly schema: Schema;
  readonly metrics?: MetricDeclarations;
  prepare?(config: z.output<Schema>, context: ComponentContext): Promise<unknown>;
  /** `inherited` is the `state` of the reducer before a reload that did not change its configuration. */
  create(
    config: z.output<Schema>,
    context: ComponentContext,
    output: ConnectorOutput,
    inherited: unknown,
  ): Reducer;
}

/** A connector type with its config type sealed in. `passes: true` marks one that hands whole batches on (`forward`, `routing`). */
export interface ConnectorFactory {
  readonly kind: 'connector';
  readonly type: string;
  readonly stability: Stability;
  readonly connects: readonly { readonly from: Signal; readonly to: Signal }[];
  readonly schema: z.ZodType;
  readonly metrics: MetricDeclarations;
  readonly passes: boolean;
  prepare(config: unknown, context: ComponentContext): Promise<unknown>;
  create(
    config: unknown,
    context: ComponentContext,
    output: ConnectorOutput,
    inherited?: unknown,
  ): Reducer;
}

/** Seals the config type of a connector that maps and reduces. */
export function defineConnector<Schema extends z.ZodType>(
  definition: ConnectorDefinition<Schema>,
): ConnectorFactory {
  const { schema } = definition;
  return {
    kind: 'connector',
    type: definition.type,
    stability: definition.stability,
    connects: definition.connects,
    schema,
    metrics: definition.metrics ?? {},
    passes: false,
    prepare: async (config, context) => definition.prepare?.(schema.parse(config), context),
    create: (config, context, output, inherited) =>
      definition.create(schema.parse(config), context, output, inherited),
  };
}

/**
 * Defines a connector that hands whole batches on. The graph does the work, so there is nothing to create: `create` gives
 * a reducer that ignores everything.
 */
export function definePassingConnector<Schema extends z.ZodType>(
  definition: Pick<ConnectorDefinition<Schema>, 'type' | 'stability' | 'connects' | 'schema'>,
): ConnectorFactory {
  return {
    ...definition,
    kind: 'connector',
    metrics: {},
    passes: true,
    prepare: () => Promise.resolve(undefined),
    create: () => ({ add: () => undefined }),
  };
}
