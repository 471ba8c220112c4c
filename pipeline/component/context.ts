import type { ByteBudget } from './budget.ts';

/** Labels of one observation; the names are fixed by the metric's declaration. */
export type Labels = Readonly<Record<string, string>>;

/** A metric that a component declares beside itself. Names follow `weir_<kind>_<what>_<unit>[_total]`. */
export interface MetricDeclaration {
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  /** Label names besides the component's own id, each with a closed set of values. */
  readonly labels: readonly string[];
  /** Upper bounds of a histogram's buckets. */
  readonly buckets?: readonly number[];
}

/** Declared metrics of a component by full name. */
export type MetricDeclarations = Readonly<Record<string, MetricDeclaration>>;

/** A counter for one set of labels. */
export interface Counter {
  /** Adds `value`, which is not negative. */
  add(value: number): void;
}

/** Own metrics of one component instance; its id is added as the label that its kind has (`receiver`, `processor`, …). */
export interface Meter {
  /** The declared counter for these labels, for what is counted with every request. @throws Error as `count`. */
  counter(name: string, labels?: Labels): Counter;
  /** Adds to a declared counter, by 1 where no value is given. @throws Error for a name that was not declared. */
  count(name: string, labels?: Labels, value?: number): void;
  /** Sets a declared gauge. */
  gauge(name: string, value: number, labels?: Labels): void;
  /** Records into a declared histogram. */
  observe(name: string, value: number, labels?: Labels): void;
}

/** Structured fields of one log line. Never user content. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** Weir's own log. Lines of the same `message` are rate-limited, and the next one that passes says how many were left out. */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** The same log with fields added to every line. */
  child(fields: LogFields): Logger;
}

/** Time, so that tests can turn it. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Milliseconds on a clock that never jumps. */
  monotonic(): number;
  /** Resolves after `ms`, or rejects with the signal's reason when it aborts. The timer does not keep the process alive. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** What every component on the main thread gets. Nothing is global. */
export interface ComponentContext {
  /** `type` or `type/name` as written in the YAML. */
  readonly id: string;
  readonly logger: Logger;
  readonly meter: Meter;
  readonly clock: Clock;
  /** Absolute path of the data directory; created (0700) by whoever first writes to it. */
  readonly dataDir: string;
  /** Bytes that may be held for requests not yet in a log, shared by all receivers. */
  readonly ingressBudget: ByteBudget;
  /** What a started extension offers under `name`, for example `chdb.connection`; undefined where nothing offers it. */
  offer(name: string): unknown;
}
