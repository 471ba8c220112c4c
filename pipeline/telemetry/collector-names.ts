import type { MetricName } from './metric-table.ts';
import type { OwnMetrics } from './own-metrics.ts';

/** What the Collector calls the items of a signal. */
const itemNames: Readonly<Record<string, string>> = {
  traces: 'spans',
  logs: 'log_records',
  metrics: 'metric_points',
};

/** The table of names: what the Collector calls each of ours, and which labels of ours it keeps. */
const renamed: readonly {
  readonly ours: MetricName;
  /** `*` stands for the item's name. */
  readonly theirs: string;
  readonly type: 'counter' | 'gauge';
  readonly help: string;
  readonly keep: 'receiver' | 'exporter';
  /** Keeps the signal as a label rather than in the name. */
  readonly dataType?: true;
}[] = [
  {
    ours: 'weir_receiver_accepted_items_total',
    theirs: 'otelcol_receiver_accepted_*',
    type: 'counter',
    help: 'Items pushed into the pipeline.',
    keep: 'receiver',
  },
  {
    ours: 'weir_receiver_refused_items_total',
    theirs: 'otelcol_receiver_refused_*',
    type: 'counter',
    help: 'Items that could not be pushed into the pipeline.',
    keep: 'receiver',
  },
  {
    ours: 'weir_delivered_items_total',
    theirs: 'otelcol_exporter_sent_*',
    type: 'counter',
    help: 'Items sent to the destination.',
    keep: 'exporter',
  },
  {
    ours: 'weir_dropped_items_total',
    theirs: 'otelcol_exporter_send_failed_*',
    type: 'counter',
    help: 'Items given up on.',
    keep: 'exporter',
  },
  {
    ours: 'weir_queue_size',
    theirs: 'otelcol_exporter_queue_size',
    type: 'gauge',
    help: 'What the queue holds, in units of its sizer.',
    keep: 'exporter',
    dataType: true,
  },
  {
    ours: 'weir_queue_capacity',
    theirs: 'otelcol_exporter_queue_capacity',
    type: 'gauge',
    help: 'What the queue may hold, in units of its sizer.',
    keep: 'exporter',
    dataType: true,
  },
];

/**
 * The ledger under the Collector's names, in the text format of Prometheus, for dashboards and alerts made for it. An
 * exporter in several pipelines of one signal is summed up, as there.
 */
export async function renderCollectorNames(metrics: Pick<OwnMetrics, 'samples'>): Promise<string> {
  const blocks = await Promise.all(
    renamed.map(async (rule) => {
      const series = new Map<string, Map<string, number>>();
      for (const { labels, value } of await metrics.samples(rule.ours)) {
        const signal = labels['signal'] ?? labels['pipeline']?.split('/')[0] ?? '';
        const name = rule.theirs.replace('*', itemNames[signal] ?? signal);
        const dataType = rule.dataType === true ? `,data_type="${signal}"` : '';
        const key = `{${rule.keep}="${escape(labels[rule.keep] ?? '')}"${dataType}}`;
        const values = series.get(name) ?? new Map<string, number>();
        values.set(key, (values.get(key) ?? 0) + value);
        series.set(name, values);
      }
      return [...series].map(([name, values]) => formatBlock(name, rule, values)).join('');
    }),
  );
  return blocks.join('');
}

function formatBlock(
  name: string,
  { type, help }: { readonly type: string; readonly help: string },
  values: ReadonlyMap<string, number>,
): string {
  const lines = [...values].map(([labels, value]) => `${name}${labels} ${value}\n`);
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`;
}

function escape(label: string): string {
  return label.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
