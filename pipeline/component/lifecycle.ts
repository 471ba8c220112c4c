/**
 * What every component instance does. `start` may reject, which aborts start-up; `shutdown` is safe twice and before
 * `start`, and resolves when nothing of the component runs any more. Exporters start first and receivers last; receivers
 * stop first.
 */
export interface Lifecycle {
  start?(): Promise<void>;
  shutdown?(): Promise<void>;
}

/** As in the Collector: how much a component may still change. */
export type Stability = 'development' | 'alpha' | 'beta' | 'stable';
