import type { z } from 'zod';
import type { ComponentContext, MetricDeclarations } from './context.ts';
import type { Lifecycle, Stability } from './lifecycle.ts';
import type { SharedTableDeclaration } from './shared-table.ts';
import type { Signal } from './signal.ts';

/** What `defineProcessor` takes. The work itself is the `defineTransform` of the same type. */
export interface ProcessorDefinition<Schema extends z.ZodType> {
  readonly type: string;
  readonly stability: Stability;
  readonly signals: readonly Signal[];
  readonly schema: Schema;
  readonly metrics?: MetricDeclarations;
  readonly sharedTables?: Readonly<Record<string, SharedTableDeclaration>>;
  /** Reads what the workers need (price catalogue, deny lists, keys). Structured-cloned to them. May reject: start-up aborts. */
  prepare?(config: z.output<Schema>, context: ComponentContext): Promise<unknown>;
  /**
   * What runs on the main thread while the workers do: it watches what `prepare` read, say, and asks the engine's reloader for
   * a reload when that changes. Started after everything else of its graph, and ended first.
   * @param prepared what `prepare` resolved.
   */
  watch?(config: z.output<Schema>, prepared: unknown, context: ComponentContext): Lifecycle;
  /** What is allowed and probably not meant; `weir validate` warns of it, and so does every start. */
  advise?(config: z.output<Schema>): readonly Advice[];
  /** Whether the processor drops items by rate rather than by content; connectors map before the first of these. */
  readonly samples?: boolean;
}

/** Something about a configuration that its owner should look at. */
export interface Advice {
  /** Key path inside the component. */
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** A processor type with its config type sealed in. */
export interface ProcessorFactory {
  readonly kind: 'processor';
  readonly type: string;
  readonly stability: Stability;
  readonly signals: readonly Signal[];
  readonly schema: z.ZodType;
  readonly metrics: MetricDeclarations;
  readonly sharedTables: Readonly<Record<string, SharedTableDeclaration>>;
  readonly samples: boolean;
  prepare(config: unknown, context: ComponentContext): Promise<unknown>;
  watch(config: unknown, prepared: unknown, context: ComponentContext): Lifecycle | undefined;
  advise(config: unknown): readonly Advice[];
}

/** Seals a processor's config type. */
export function defineProcessor<Schema extends z.ZodType>(
  definition: ProcessorDefinition<Schema>,
): ProcessorFactory {
  return {
    kind: 'processor',
    type: definition.type,
    stability: definition.stability,
    signals: definition.signals,
    schema: definition.schema,
    metrics: definition.metrics ?? {},
    sharedTables: definition.sharedTables ?? {},
    samples: definition.samples ?? false,
    prepare: async (config, context) =>
      definition.prepare?.(definition.schema.parse(config), context),
    watch: (config, prepared, context) =>
      definition.watch?.(definition.schema.parse(config), prepared, context),
    advise: (config) => definition.advise?.(definition.schema.parse(config)) ?? [],
  };
}

/** Engine settings that a Collector processor stands for here, because the engine does the work itself. */
export interface EngineSettings {
  /** `sending_queue.batch` of the exporters of the pipeline. */
  readonly exportBatch?: {
    readonly minItems: number;
    readonly maxItems: number;
    readonly flushMs: number;
  };
  /** Bytes that all budgets together may take. */
  readonly memoryLimitBytes?: number;
  /** How far below the bound of resident memory less is let in. */
  readonly memorySpikeBytes?: number;
}

/** A processor of the Collector that is accepted and becomes settings of the engine: `batch`, `memory_limiter`. */
export interface SettingFactory {
  readonly kind: 'setting';
  readonly type: string;
  readonly stability: Stability;
  readonly signals: readonly Signal[];
  readonly schema: z.ZodType;
  readonly metrics: MetricDeclarations;
  /** One line for the log that says what it became. */
  readonly note: string;
  settings(config: unknown): EngineSettings;
}

/** Seals an engine setting's config type. */
export function defineSetting<Schema extends z.ZodType>(definition: {
  readonly type: string;
  readonly schema: Schema;
  readonly signals: readonly Signal[];
  readonly note: string;
  settings(config: z.output<Schema>): EngineSettings;
}): SettingFactory {
  return {
    kind: 'setting',
    type: definition.type,
    stability: 'stable',
    signals: definition.signals,
    schema: definition.schema,
    metrics: {},
    note: definition.note,
    settings: (config) => definition.settings(definition.schema.parse(config)),
  };
}
