import type { z } from 'zod';
import type { ComponentContext, MetricDeclarations } from './context.ts';
import type { Lifecycle, Stability } from './lifecycle.ts';
import type { Outcome } from './outcome.ts';
import type { Signal } from './signal.ts';
import type { Payload } from './transform.ts';

/** What comes with a payload. */
export interface Delivery {
  /** Stable over retries and restarts: the sink may use it to tell a repeat. */
  readonly id: string;
  readonly signal: Signal;
  /** From 1. */
  readonly attempt: number;
  /** Aborts at the request timeout and when shutdown runs out of time. */
  readonly abort: AbortSignal;
}

/** A running sink. */
export interface Exporter extends Lifecycle {
  /** One attempt. I/O on the main thread; expected failures are outcomes, not exceptions. */
  send(payload: Payload, delivery: Delivery): Promise<Outcome>;
}

/** How the delivery loop treats an exporter; parsed from the Collector's `timeout`, `retry_on_failure` and `sending_queue`. */
export interface DeliverySettings {
  /** Per attempt; 0 means none. */
  readonly timeoutMs: number;
  readonly retry: {
    readonly enabled: boolean;
    readonly initialMs: number;
    readonly maxMs: number;
    readonly multiplier: number;
    /** Give up after this long; 0 means never. */
    readonly maxElapsedMs: number;
  };
  readonly queue: {
    /** Slices in flight at once. */
    readonly consumers: number;
    /** How much this exporter may leave owing before the log refuses. */
    readonly size: number;
    readonly sizer: 'bytes' | 'items' | 'requests';
    /** Bytes that a log in memory may hold for it besides, whatever the sizer: the engine's share of the memory budget. */
    readonly maxBytes?: number;
    readonly onFull: 'refuse' | 'drop_oldest';
    /** Id of the storage extension; undefined means memory. */
    readonly storage?: string;
  };
  readonly batch: {
    /** Send when this much has gathered … */
    readonly minBytes: number;
    readonly minItems: number;
    /** … or never more than this at once … */
    readonly maxBytes: number;
    readonly maxItems: number;
    /** … or after this long. */
    readonly flushMs: number;
  };
  /** What a reader of the Collector's documentation would not expect of these settings, one line each. */
  readonly notes: readonly string[];
}

/** An extension that must be started for a component to run. */
export interface ExtensionNeed {
  /** Type of the extension. */
  readonly type: string;
  /** What to write in the component instead, such as `set endpoint`. */
  readonly instead: string;
}

/** What `defineExporter` takes. An `encode` part, where it has one, is the `defineEncode` of the same type. */
export interface ExporterDefinition<Schema extends z.ZodType> {
  readonly type: string;
  readonly stability: Stability;
  readonly signals: readonly Signal[];
  readonly schema: Schema;
  readonly metrics?: MetricDeclarations;
  /** Derived from the shared fragment of `pipeline/deliver/config.ts`. */
  delivery(config: z.output<Schema>): DeliverySettings;
  /** An extension without which the exporter cannot run as configured; undefined where there is none. */
  needs?(config: z.output<Schema>): ExtensionNeed | undefined;
  /** The OTLP server that it sends a signal to, as `host:port` or a URL, so that a daemon that sends to itself can be told; none where absent. */
  sendsTo?(config: z.output<Schema>, signal: Signal): string | undefined;
  /** The `host:port` that it serves pages of metrics on, which several may share; none where absent. */
  servesOn?(config: z.output<Schema>): string | undefined;
  /** The file that it writes, and that no other may write; none where absent. */
  writesTo?(config: z.output<Schema>): string;
  /**
   * Whether slices go through the `encode` part of the type, where it has one; true where absent. False keeps what is sent
   * as it lies in the log from going to a worker and back.
   */
  encodes?(config: z.output<Schema>): boolean;
  /** As a processor's. */
  prepare?(config: z.output<Schema>, context: ComponentContext): Promise<unknown>;
  create(config: z.output<Schema>, context: ComponentContext): Exporter;
}

/** An exporter type with its config type sealed in. */
export interface ExporterFactory {
  readonly kind: 'exporter';
  readonly type: string;
  readonly stability: Stability;
  readonly signals: readonly Signal[];
  readonly schema: z.ZodType;
  readonly metrics: MetricDeclarations;
  delivery(config: unknown): DeliverySettings;
  needs(config: unknown): ExtensionNeed | undefined;
  sendsTo(config: unknown, signal: Signal): string | undefined;
  servesOn(config: unknown): string | undefined;
  writesTo(config: unknown): string | undefined;
  encodes(config: unknown): boolean;
  prepare(config: unknown, context: ComponentContext): Promise<unknown>;
  create(config: unknown, context: ComponentContext): Exporter;
}

/** Seals an exporter's config type. */
export function defineExporter<Schema extends z.ZodType>(
  definition: ExporterDefinition<Schema>,
): ExporterFactory {
  const { schema } = definition;
  return {
    kind: 'exporter',
    type: definition.type,
    stability: definition.stability,
    signals: definition.signals,
    schema,
    metrics: definition.metrics ?? {},
    delivery: (config) => definition.delivery(schema.parse(config)),
    needs: (config) => definition.needs?.(schema.parse(config)),
    sendsTo: (config, signal) => definition.sendsTo?.(schema.parse(config), signal),
    servesOn: (config) => definition.servesOn?.(schema.parse(config)),
    writesTo: (config) => definition.writesTo?.(schema.parse(config)),
    encodes: (config) => definition.encodes?.(schema.parse(config)) ?? true,
    prepare: async (config, context) => definition.prepare?.(schema.parse(config), context),
    create: (config, context) => definition.create(schema.parse(config), context),
  };
}
