import {
  Counter as PromCounter,
  Gauge,
  Histogram,
  Registry,
  collectDefaultMetrics,
} from 'prom-client';
import type {
  Counter,
  Labels,
  Meter,
  MetricDeclaration,
  MetricDeclarations,
} from '../component/context.ts';
import { metricTable, type MetricLabels, type MetricName } from './metric-table.ts';
import { createRunningTotals } from './running-totals.ts';
import type { RunningTotals } from './running-totals.ts';

/** A component's kind, which is also the label that carries its id. */
export type ComponentKind = 'receiver' | 'processor' | 'exporter' | 'connector' | 'extension';

/** A gauge's value when it is scraped. */
export interface Sample<Name extends MetricName> {
  readonly labels: MetricLabels<Name>;
  readonly value: number;
}

/** Weir's own metrics: the engine's table, what components declare, and the process's. */
export interface OwnMetrics {
  /** A counter of the table for these labels, for what is counted with every request. */
  counter<Name extends MetricName>(name: Name, labels: MetricLabels<Name>): Counter;
  /** Adds to a counter of the table. */
  count<Name extends MetricName>(name: Name, labels: MetricLabels<Name>, value: number): void;
  /** Records into a histogram of the table. */
  observe<Name extends MetricName>(name: Name, value: number, labels: MetricLabels<Name>): void;
  /** Reads a gauge of the table at each scrape, until the returned function is called. */
  watch<Name extends MetricName>(name: Name, read: () => Iterable<Sample<Name>>): () => void;
  /** Value of a counter of the table for these labels; 0 where it was never counted. */
  value<Name extends MetricName>(name: Name, labels: MetricLabels<Name>): Promise<number>;
  /** All values of a metric of the table, as they stood at the last `render`. */
  samples(name: MetricName): Promise<readonly { labels: Labels; value: number }[]>;
  /** The meter of a component. Instances of the same type share their metrics and differ by the id in their label. */
  meter(kind: ComponentKind, id: string, declarations: MetricDeclarations): Meter;
  /** Everything in the text format of Prometheus. */
  render(): Promise<string>;
  readonly contentType: string;
}

type Metric =
  | { readonly type: 'counter'; readonly prom: PromCounter; readonly totals: RunningTotals }
  | { readonly type: 'gauge'; readonly prom: Gauge }
  | { readonly type: 'histogram'; readonly prom: Histogram };

/** Creates a registry of its own; nothing is global. `ofProcess` adds CPU, memory, event loop and garbage collection. */
export function createOwnMetrics(options: { readonly ofProcess: boolean }): OwnMetrics {
  const registry = new Registry();
  if (options.ofProcess) collectDefaultMetrics({ register: registry });
  const watchers = new Map<string, Set<() => Iterable<{ labels: Labels; value: number }>>>();
  const metrics = new Map<string, Metric>();
  for (const [name, declaration] of Object.entries(metricTable)) {
    metrics.set(name, createMetric(registry, name, declaration, declaration.labels));
  }
  const find = (name: string): Metric => {
    const metric = metrics.get(name);
    if (metric === undefined) throw new Error(`metric ${name} is not declared`);
    return metric;
  };
  return {
    counter: (name, labels) => counterOf(find(name), labels),
    count: (name, labels, value) => {
      counterOf(find(name), labels).add(value);
    },
    observe: (name, value, labels) => {
      record(find(name), labels, value);
    },
    watch: (name, read) => {
      const readers = watchers.get(name) ?? new Set();
      watchers.set(name, readers.add(read));
      return () => readers.delete(read);
    },
    value: async (name, labels) => {
      const { values } = await find(name).prom.get();
      return values.find((sample) => isSame(sample.labels, labels))?.value ?? 0;
    },
    samples: async (name) => {
      const { values } = await find(name).prom.get();
      return values.map(({ labels, value }) => ({ labels: toLabels(labels), value }));
    },
    meter: (kind, id, declarations) => {
      for (const [name, declaration] of Object.entries(declarations)) {
        const labels = [kind, ...declaration.labels];
        if (!metrics.has(name))
          metrics.set(name, createMetric(registry, name, declaration, labels));
      }
      return createMeter(kind, id, find);
    },
    render: () => {
      for (const [name, readers] of watchers) readGauge(find(name), readers);
      return registry.metrics();
    },
    contentType: registry.contentType,
  };
}

function createMetric(
  registry: Registry,
  name: string,
  declaration: MetricDeclaration,
  labelNames: readonly string[],
): Metric {
  const settings = {
    name,
    help: declaration.help,
    labelNames: [...labelNames],
    registers: [registry],
  };
  switch (declaration.type) {
    case 'counter': {
      const totals = createRunningTotals(labelNames, ownLabels);
      return { type: 'counter', prom: createPromCounter(settings, totals), totals };
    }
    case 'gauge':
      return { type: 'gauge', prom: new Gauge(settings) };
    case 'histogram':
      return {
        type: 'histogram',
        prom: new Histogram({
          ...settings,
          ...(declaration.buckets !== undefined && { buckets: [...declaration.buckets] }),
        }),
      };
  }
}

/** Labels that hold a component's id. */
const ownLabels: ReadonlySet<string> = new Set<ComponentKind>([
  'receiver',
  'processor',
  'exporter',
  'connector',
  'extension',
]);

function createPromCounter(
  settings: ConstructorParameters<typeof PromCounter>[0],
  totals: RunningTotals,
): PromCounter {
  return new PromCounter({
    ...settings,
    collect() {
      this.reset();
      for (const { labels, value } of totals) this.inc({ ...labels }, value);
    },
  });
}

function createMeter(kind: ComponentKind, id: string, find: (name: string) => Metric): Meter {
  const own = (labels: Labels | undefined): Labels => ({ ...labels, [kind]: id });
  return {
    counter: (name, labels) => counterOf(find(name), own(labels)),
    count: (name, labels, value = 1) => {
      counterOf(find(name), own(labels)).add(value);
    },
    gauge: (name, value, labels) => {
      const metric = find(name);
      if (metric.type !== 'gauge') throw new Error(`metric ${name} is no gauge`);
      metric.prom.set(own(labels), value);
    },
    observe: (name, value, labels) => {
      record(find(name), own(labels), value);
    },
  };
}

function counterOf(metric: Metric, labels: Labels): Counter {
  if (metric.type !== 'counter') throw new Error('only counters are added to');
  return metric.totals.of(labels);
}

function record(metric: Metric, labels: Labels, value: number): void {
  if (metric.type !== 'histogram') throw new Error('only histograms record');
  metric.prom.observe({ ...labels }, value);
}

function readGauge(
  metric: Metric,
  readers: ReadonlySet<() => Iterable<{ labels: Labels; value: number }>>,
): void {
  if (metric.type !== 'gauge') throw new Error('only gauges are watched');
  metric.prom.reset();
  for (const read of readers) {
    for (const { labels, value } of read()) metric.prom.set({ ...labels }, value);
  }
}

function isSame(left: Partial<Record<string, string | number>>, right: Labels): boolean {
  return Object.entries(right).every(([name, value]) => left[name] === value);
}

function toLabels(labels: Partial<Record<string, string | number>>): Labels {
  return Object.fromEntries(Object.entries(labels).map(([name, value]) => [name, String(value)]));
}
