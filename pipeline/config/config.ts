import type { Factories } from '../component/registry.ts';
import type { ItemLimits } from '../batch/trim.ts';
import type { Signal } from '../component/signal.ts';

/** Where a value stands in the configuration; `line` and `column` count from 1. */
export interface SourcePosition {
  /** File as given on the command line, `--set`, or `built-in`. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** One configured component. */
export interface ComponentSpec {
  /** As written: `type` or `type/name`. */
  readonly id: string;
  /** Canonical type: aliases are resolved. */
  readonly type: string;
  /** Expanded YAML data, already checked against the factory's schema; `create` and `prepare` parse it again. */
  readonly raw: unknown;
  readonly position: SourcePosition;
}

/** One pipeline, `signal` or `signal/name`. Ids refer to the maps of `Config`; a connector stands among receivers or exporters. */
export interface PipelineSpec {
  readonly id: string;
  readonly signal: Signal;
  readonly receivers: readonly string[];
  readonly processors: readonly string[];
  readonly exporters: readonly string[];
}

/** `service.telemetry`: Weir's own logs and metrics. */
export interface TelemetryConfig {
  readonly logs: {
    readonly level: 'debug' | 'info' | 'warn' | 'error';
    /** `auto` is console on a terminal and JSON elsewhere. */
    readonly encoding: 'auto' | 'console' | 'json';
  };
  readonly metrics: {
    readonly enabled: boolean;
    /** `host:port` that serves `/metrics`. */
    readonly endpoint: string;
    /** Serve the ledger under the Collector's `otelcol_*` names too. */
    readonly collectorNames: boolean;
  };
}

/** Engine-wide settings; top-level `budgets` and `service`. */
export interface EngineConfig {
  /** Worker threads; undefined derives it from the CPUs the process may use, 0 runs transforms on the main thread. */
  readonly workers: number | undefined;
  /** Bytes of requests not yet in a log; undefined derives it from the memory the process may use. */
  readonly ingressBytes: number | undefined;
  /** What one span or log record may hold. */
  readonly itemLimits: ItemLimits;
  /** How long shutdown may take. */
  readonly shutdownMs: number;
}

/** A configuration that names only things that exist. Components that no pipeline uses are checked and never built. */
export interface Config {
  readonly receivers: ReadonlyMap<string, ComponentSpec>;
  readonly processors: ReadonlyMap<string, ComponentSpec>;
  readonly exporters: ReadonlyMap<string, ComponentSpec>;
  readonly connectors: ReadonlyMap<string, ComponentSpec>;
  readonly extensions: ReadonlyMap<string, ComponentSpec>;
  /** The factories of the types that it names. */
  readonly factories: Factories;
  /** `service.extensions`, in start order. */
  readonly enabledExtensions: readonly string[];
  readonly pipelines: readonly PipelineSpec[];
  /** Absolute. */
  readonly dataDir: string;
  readonly telemetry: TelemetryConfig;
  readonly engine: EngineConfig;
}
