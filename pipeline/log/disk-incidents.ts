import type { Logger } from '../component/context.ts';
import type { OwnMetrics } from '../telemetry/own-metrics.ts';
import type { Incident, LogEvent } from './disk/events.ts';

/** Whether an event is for the operator; the others are for the log. */
export function isIncident(event: LogEvent): event is Incident {
  return kinds.has(event.kind);
}

const kinds: ReadonlySet<string> = new Set<Incident['kind']>([
  'synced',
  'truncated',
  'corrupt',
  'quarantined',
  'replayed',
  'upkeep_failed',
]);

/** Counts an incident of a pipeline's log, and logs it. */
export function tellIncident(
  { logger: parent, metrics }: { readonly logger: Logger; readonly metrics: OwnMetrics },
  pipeline: string,
  incident: Incident,
): void {
  const logger = parent.child({ pipeline });
  switch (incident.kind) {
    case 'synced':
      metrics.observe('weir_log_fsync_seconds', incident.seconds, {});
      return;
    case 'truncated': {
      const { bytes } = incident;
      metrics.count('weir_log_truncated_bytes_total', { pipeline }, bytes);
      logger.warn('the end of the log was cut where a write had not been finished', { bytes });
      return;
    }
    case 'corrupt': {
      const { records } = incident;
      metrics.count('weir_log_corrupt_records_total', { pipeline }, records);
      logger.error('records on disk are damaged and were skipped', { records });
      return;
    }
    case 'quarantined':
      metrics.count('weir_log_quarantined_files_total', { pipeline }, 1);
      logger.error('a part of the log cannot be read and lies aside', { path: incident.path });
      return;
    case 'replayed': {
      const { exporterId: exporter, path } = incident;
      metrics.count('weir_log_replays_total', { pipeline, exporter }, 1);
      logger.warn('a cursor cannot be read: all that the log holds is delivered again', {
        exporter,
        path,
      });
      return;
    }
    case 'upkeep_failed':
      metrics.count('weir_log_upkeep_failures_total', { pipeline }, 1);
      logger.warn(
        'a file of the log could not be read, written or removed, and will be tried again',
        {
          error: incident.message,
        },
      );
  }
}
