import type { MetricDeclaration } from '../component/context.ts';

/**
 * The engine's own metrics. The ledger (docs/contract.md §5) is the first three groups: for each pipeline
 * received = refused + filtered + sampled_out + appended, and for each of its exporters
 * recovered + appended{log="out"} = delivered + dropped + skipped + backlog, within the batches in flight.
 */
export const metricTable = {
  weir_received_items_total: {
    type: 'counter',
    help: 'Spans, log records and data points that came in and could be read.',
    labels: ['pipeline'],
  },
  weir_refused_items_total: {
    type: 'counter',
    help: 'Items that came in and were refused; the sender was told.',
    labels: ['pipeline', 'reason'],
  },
  weir_trimmed_total: {
    type: 'counter',
    help: 'What was over the limits of an item: attributes, events, links and bodies taken out, texts cut.',
    labels: ['pipeline', 'part'],
  },
  weir_filtered_items_total: {
    type: 'counter',
    help: 'Items that a processor dropped for what they are.',
    labels: ['pipeline', 'processor', 'reason'],
  },
  weir_sampled_out_items_total: {
    type: 'counter',
    help: 'Items that a sampler dropped.',
    labels: ['pipeline', 'processor'],
  },
  weir_appended_items_total: {
    type: 'counter',
    help: 'Items committed to a log.',
    labels: ['pipeline', 'log'],
  },
  weir_recovered_items_total: {
    type: 'counter',
    help: 'Items found in a log at start.',
    labels: ['pipeline', 'exporter'],
  },
  weir_delivered_items_total: {
    type: 'counter',
    help: 'Items that the sink has taken.',
    labels: ['pipeline', 'exporter'],
  },
  weir_dropped_items_total: {
    type: 'counter',
    help: 'Items given up on.',
    labels: ['pipeline', 'exporter', 'reason'],
  },
  weir_skipped_items_total: {
    type: 'counter',
    help: 'Items that were appended while the exporter was not in the pipeline, or stay in a storage that it no longer has.',
    labels: ['pipeline', 'exporter'],
  },
  weir_dead_letter_items_total: {
    type: 'counter',
    help: 'Refused items set aside: kept in a file, evicted with the oldest of it, or unwritten for want of disk.',
    labels: ['pipeline', 'exporter', 'result'],
  },
  weir_backlog_items: {
    type: 'gauge',
    help: 'Items that an exporter still owes.',
    labels: ['pipeline', 'exporter'],
  },
  weir_backlog_bytes: {
    type: 'gauge',
    help: 'Bytes that an exporter still owes.',
    labels: ['pipeline', 'exporter'],
  },
  weir_backlog_oldest_seconds: {
    type: 'gauge',
    help: 'Age of the oldest request that an exporter still owes.',
    labels: ['pipeline', 'exporter'],
  },
  weir_queue_size: {
    type: 'gauge',
    help: "What an exporter still owes, in units of its queue's sizer.",
    labels: ['pipeline', 'exporter'],
  },
  weir_queue_capacity: {
    type: 'gauge',
    help: "What an exporter may owe, in units of its queue's sizer.",
    labels: ['pipeline', 'exporter'],
  },
  weir_log_bytes: {
    type: 'gauge',
    help: 'Bytes that a log holds.',
    labels: ['pipeline', 'log'],
  },
  weir_log_fsync_seconds: {
    type: 'histogram',
    help: 'Time that the disk took to make a group of requests durable.',
    labels: [],
    buckets: [0.0002, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 2],
  },
  weir_log_truncated_bytes_total: {
    type: 'counter',
    help: 'Bytes cut from the end of a log at start: a write that had not been finished, and nobody was told of.',
    labels: ['pipeline'],
  },
  weir_log_corrupt_records_total: {
    type: 'counter',
    help: 'Records on disk that were damaged and skipped.',
    labels: ['pipeline'],
  },
  weir_log_quarantined_files_total: {
    type: 'counter',
    help: 'Files or parts of files that could not be read and were put aside as .corrupt.',
    labels: ['pipeline'],
  },
  weir_log_replays_total: {
    type: 'counter',
    help: 'Cursors that could not be read, so that everything in the log was delivered again.',
    labels: ['pipeline', 'exporter'],
  },
  weir_log_upkeep_failures_total: {
    type: 'counter',
    help: 'Files of a log that could not be read, written or removed; each is tried again.',
    labels: ['pipeline'],
  },
  weir_orphaned_bytes: {
    type: 'gauge',
    help: 'Bytes that only wait for exporters that no configuration has any more.',
    labels: ['pipeline', 'exporter'],
  },
  weir_reserved_bytes: {
    type: 'gauge',
    help: 'Bytes of the ingress budget that are taken.',
    labels: [],
  },
  weir_ingress_narrowed_total: {
    type: 'counter',
    help: 'Times that less than the ingress budget began to be let in.',
    labels: ['reason'],
  },
  weir_refused_requests_total: {
    type: 'counter',
    help: 'Requests refused whole.',
    labels: ['pipeline', 'reason'],
  },
  weir_receiver_accepted_items_total: {
    type: 'counter',
    help: 'Items that a receiver acknowledged.',
    labels: ['receiver', 'signal'],
  },
  weir_receiver_refused_items_total: {
    type: 'counter',
    help: 'Items that a receiver refused.',
    labels: ['receiver', 'signal'],
  },
  weir_export_attempts_total: {
    type: 'counter',
    help: 'Attempts to deliver, by what they came to; cause says why one failed.',
    labels: ['pipeline', 'exporter', 'outcome', 'cause'],
  },
  weir_config_reloads_total: {
    type: 'counter',
    help: 'Reloads of the configuration, by what they came to.',
    labels: ['outcome'],
  },
  weir_config_last_reload_successful: {
    type: 'gauge',
    help: 'Whether what runs is what the configuration says: 0 after a reload that failed.',
    labels: [],
  },
  weir_config_last_reload_success_timestamp_seconds: {
    type: 'gauge',
    help: 'When the configuration that runs was put in force.',
    labels: [],
  },
  weir_export_concurrency: {
    type: 'gauge',
    help: 'Attempts that may be under way at once: what the sink seems able to take.',
    labels: ['pipeline', 'exporter'],
  },
  weir_export_auth_failing: {
    type: 'gauge',
    help: '1 while the sink refuses the credentials: nothing is dropped, and one attempt in 30 seconds looks for a change.',
    labels: ['pipeline', 'exporter'],
  },
  weir_stage_tasks_total: {
    type: 'counter',
    help: 'Tasks that workers ran, by how they ended.',
    labels: ['result'],
  },
  weir_stage_worker_restarts_total: {
    type: 'counter',
    help: 'Workers that died and were replaced.',
    labels: ['cause'],
  },
  weir_stage_task_seconds: {
    type: 'histogram',
    help: 'Time from handing a task to a worker to its answer.',
    labels: [],
    buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5],
  },
} as const satisfies Readonly<Record<string, MetricDeclaration>>;

/** A name of the table. */
export type MetricName = keyof typeof metricTable;

/** The label names of a metric of the table, each with a value. */
export type MetricLabels<Name extends MetricName> = Readonly<
  Record<(typeof metricTable)[Name]['labels'][number], string>
>;
