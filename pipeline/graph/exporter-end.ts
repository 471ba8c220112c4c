import type { Logger } from '../component/context.ts';
import type { DeliverySettings, Exporter } from '../component/exporter.ts';
import type { EngineSettings } from '../component/processor.ts';
import type { Signal } from '../component/signal.ts';
import type { AuthGate } from '../deliver/auth-gate.ts';
import { noDeadLetter } from '../deliver/dead-letter.ts';
import { openDeadLetterFile } from '../deliver/dead-letter-file.ts';
import type { DeadLetterFileOptions } from '../deliver/dead-letter-file.ts';
import { createDelivery } from '../deliver/delivery.ts';
import type { Delivery, DeliveryEvents } from '../deliver/delivery.ts';
import { createFailureLog } from '../deliver/failure-log.ts';
import type { FailureLog } from '../deliver/failure-log.ts';
import type { DropCause } from '../deliver/tally.ts';
import type { Cursor, CursorOptions, Log } from '../log/log.ts';
import type { DeliveryJobs } from '../stage/jobs.ts';
import type { OwnMetrics } from '../telemetry/own-metrics.ts';
import type { Services } from './services.ts';

/** What joins a pipeline's log to an exporter. */
export interface ExporterEndOptions {
  readonly pipeline: string;
  readonly signal: Signal;
  readonly exporterId: string;
  readonly exporter: Exporter;
  readonly settings: DeliverySettings;
  readonly log: Log;
  /** Index of the exporter's encoder for this signal, where it has one. */
  readonly encoder: number | undefined;
  readonly jobs: DeliveryJobs;
  /** Of the exporter, shared by all its pipelines. */
  readonly gate: AuthGate;
  /** Where refused requests are set aside; absent where the log is in memory: then they are only counted. */
  readonly deadLetterFolder?: string;
  readonly services: Pick<Services, 'metrics' | 'clock' | 'logger'>;
}

/** A pipeline's delivery to one exporter. */
export interface ExporterEnd {
  start(): void;
  /**
   * The end of the process. Waits up to `budgetMs` for a sealed log in memory to run empty and drops the rest, counted; with
   * a durable log it is `release`: what is not delivered stays on disk. Safe twice and before `start`.
   */
  stop(budgetMs: number): Promise<void>;
  /**
   * A reload: takes no more slices, waits up to `budgetMs` (and no longer than one attempt may take) for attempts under
   * way, and gives everything else back; the cursor that follows takes over. Where none follows, what a log in memory
   * still owes is dropped, counted. Safe twice and before `start`.
   */
  release(budgetMs: number): Promise<void>;
  /** Items that the exporter still owes. */
  readonly owedItems: number;
}

/** Opens the exporter's cursor and builds the loop that empties it. */
export async function openExporterEnd(options: ExporterEndOptions): Promise<ExporterEnd> {
  const { log, settings } = options;
  const account = openAccount(options);
  const cursor = await log.cursor({
    exporterId: options.exporterId,
    quota: settings.queue,
    onDropped: account.lost,
  });
  account.recovered(cursor.recoveredItems);
  const delivery = createDeliveryOf(options, cursor, account);
  const unwatch = watchEnd(options, cursor, delivery);
  const close = (): void => {
    unwatch();
    const lost = cursor.close();
    if (lost === 0) return;
    account.logger.error('what was in memory for an exporter that ended is lost', { items: lost });
    account.dropped('shutdown', lost);
  };
  const release = async (budgetMs: number): Promise<void> => {
    const attemptMs = settings.timeoutMs === 0 ? Infinity : settings.timeoutMs;
    await delivery.release(Math.min(budgetMs, attemptMs));
    close();
  };
  return {
    start: () => {
      delivery.start();
    },
    stop: async (budgetMs) => {
      if (log.isDurable) {
        await release(budgetMs);
        return;
      }
      await delivery.stop(budgetMs);
      close();
    },
    release,
    get owedItems() {
      return cursor.backlog.items;
    },
  };
}

/** The exporter's side of the ledger. */
interface Account {
  readonly logger: Logger;
  readonly failures: FailureLog;
  recovered(items: number): void;
  dropped(reason: DropCause, items: number): void;
  /** Records that the log itself dropped. */
  readonly lost: CursorOptions['onDropped'];
  readonly setAside: DeadLetterFileOptions['counted'];
  readonly events: DeliveryEvents;
}

function openAccount({ pipeline, exporterId, services }: ExporterEndOptions): Account {
  const { metrics, clock } = services;
  const labels = { pipeline, exporter: exporterId };
  const logger = services.logger.child(labels);
  const failures = createFailureLog(logger, clock);
  const dropped = (reason: DropCause, items: number): void => {
    metrics.count('weir_dropped_items_total', { ...labels, reason }, items);
  };
  return {
    logger,
    failures,
    recovered: (items) => {
      metrics.count('weir_recovered_items_total', labels, items);
    },
    dropped,
    lost: (items, cause) => {
      dropped(cause, items);
      if (cause !== 'quota') return;
      failures.warn(cause, 'the queue is full and its oldest items were dropped', { items });
    },
    setAside: (result, items, error) => {
      metrics.count('weir_dead_letter_items_total', { ...labels, result }, items);
      if (result === 'kept') return;
      const message = 'refused items could not be set aside, or gave way to newer ones';
      failures.warn(result, message, { items, error: error?.message });
    },
    events: countEvents(metrics, labels, dropped),
  };
}

/** Successes are counted with counters resolved once, because there may be thousands of them a second. */
function countEvents(
  metrics: OwnMetrics,
  labels: { readonly pipeline: string; readonly exporter: string },
  dropped: (reason: DropCause, items: number) => void,
): DeliveryEvents {
  const deliveredItems = metrics.counter('weir_delivered_items_total', labels);
  const goodAttempts = metrics.counter('weir_export_attempts_total', {
    ...labels,
    outcome: 'delivered',
    cause: '',
  });
  return {
    settled: (items, drops) => {
      deliveredItems.add(items);
      for (const [reason, count] of drops) dropped(reason, count);
    },
    attempted: (outcome) => {
      if (outcome.kind === 'delivered') {
        goodAttempts.add(1);
        return;
      }
      const cause = 'cause' in outcome ? outcome.cause : '';
      metrics.count('weir_export_attempts_total', { ...labels, outcome: outcome.kind, cause }, 1);
    },
  };
}

function createDeliveryOf(
  { encoder, jobs, deadLetterFolder: folder, ...options }: ExporterEndOptions,
  cursor: Cursor,
  { failures, events, setAside }: Account,
): Delivery {
  const { exporter, settings, gate } = options;
  const { clock } = options.services;
  return createDelivery({
    cursor,
    exporter,
    settings,
    ...(encoder !== undefined && { encode: (slice) => jobs.encode(encoder, slice) }),
    split: (slice) => jobs.split(slice),
    gate,
    deadLetter:
      folder === undefined
        ? noDeadLetter
        : openDeadLetterFile({ folder, clock, counted: setAside }),
    events,
    clock,
    failures,
  });
}

function watchEnd(
  { pipeline, exporterId, settings, gate, services }: ExporterEndOptions,
  cursor: Cursor,
  delivery: Delivery,
): () => void {
  const { metrics, clock } = services;
  const labels = { pipeline, exporter: exporterId };
  const unwatchBacklog = watchBacklog(metrics, labels, {
    cursor,
    quota: settings.queue,
    now: () => clock.now(),
  });
  const unwatch = [
    unwatchBacklog,
    metrics.watch('weir_export_concurrency', () => [{ labels, value: delivery.concurrency }]),
    metrics.watch('weir_export_auth_failing', () => [{ labels, value: gate.isClosed ? 1 : 0 }]),
  ];
  return () => {
    for (const end of unwatch) end();
  };
}

function watchBacklog(
  metrics: OwnMetrics,
  labels: { readonly pipeline: string; readonly exporter: string },
  {
    cursor,
    quota,
    now,
  }: {
    readonly cursor: Cursor;
    readonly quota: DeliverySettings['queue'];
    readonly now: () => number;
  },
): () => void {
  const unwatch = [
    metrics.watch('weir_queue_size', () => [{ labels, value: cursor.backlog[quota.sizer] }]),
    metrics.watch('weir_queue_capacity', () => [{ labels, value: quota.size }]),
    metrics.watch('weir_backlog_items', () => [{ labels, value: cursor.backlog.items }]),
    metrics.watch('weir_backlog_bytes', () => [{ labels, value: cursor.backlog.bytes }]),
    metrics.watch('weir_backlog_oldest_seconds', () => {
      const { oldestMs } = cursor.backlog;
      return [{ labels, value: oldestMs === undefined ? 0 : (now() - oldestMs) / 1000 }];
    }),
  ];
  return () => {
    for (const end of unwatch) end();
  };
}

/** The settings of an exporter in a pipeline with a `batch` processor; the exporter's own batching goes before it. */
export function withPipelineBatch(
  settings: DeliverySettings,
  engine: readonly EngineSettings[],
): DeliverySettings {
  const { batch } = settings;
  const exportBatch = engine.map((one) => one.exportBatch).find((one) => one !== undefined);
  const hasOwn = batch.minBytes > 0 || batch.minItems > 0 || batch.flushMs > 0;
  if (exportBatch === undefined || hasOwn) return settings;
  const { minItems, flushMs } = exportBatch;
  const maxItems = Math.min(batch.maxItems, exportBatch.maxItems);
  return { ...settings, batch: { ...batch, minItems, maxItems, flushMs } };
}
