import type { z } from 'zod';
import type { ComponentContext, MetricDeclarations } from './context.ts';
import type { Lifecycle, Stability } from './lifecycle.ts';

/** A running extension. Started before everything else, in the order of `service.extensions`; stopped last. */
export interface Extension extends Lifecycle {
  /** What it offers to other components by name, once started (`ComponentContext.offer`). */
  readonly offers?: Readonly<Record<string, unknown>>;
}

/** What `defineExtension` takes. */
export interface ExtensionDefinition<Schema extends z.ZodType> {
  readonly type: string;
  readonly stability: Stability;
  readonly schema: Schema;
  readonly metrics?: MetricDeclarations;
  /** Whether `sending_queue.storage` may name it; it offers `StorageSettings` then (`pipeline/log/storage.ts`). */
  readonly isStorage?: boolean;
  create(config: z.output<Schema>, context: ComponentContext): Extension;
}

/** An extension type with its config type sealed in. */
export interface ExtensionFactory {
  readonly kind: 'extension';
  readonly type: string;
  readonly stability: Stability;
  readonly schema: z.ZodType;
  readonly metrics: MetricDeclarations;
  readonly isStorage: boolean;
  create(config: unknown, context: ComponentContext): Extension;
}

/** Seals an extension's config type. */
export function defineExtension<Schema extends z.ZodType>(
  definition: ExtensionDefinition<Schema>,
): ExtensionFactory {
  return {
    kind: 'extension',
    type: definition.type,
    stability: definition.stability,
    schema: definition.schema,
    metrics: definition.metrics ?? {},
    isStorage: definition.isStorage ?? false,
    create: (config, context) => definition.create(definition.schema.parse(config), context),
  };
}
