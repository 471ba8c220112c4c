import type { OwnMetrics } from '../telemetry/own-metrics.ts';
import type { Trimmed } from '../batch/trim.ts';
import type { StageAnswer } from '../stage/task.ts';

/** Why items or requests were refused, a closed set because it is a metric label. */
export type RefusalReason =
  | 'invalid'
  | 'malformed'
  | 'unprocessable'
  | 'too_large'
  | 'log_full'
  | 'log_failed'
  | 'downstream'
  | 'shutdown';

/**
 * A pipeline's side of the ledger: received = refused + filtered + sampled_out + appended. All of an answer is counted in
 * one turn, when it is stored or refused, so that the equation holds at every scrape.
 */
export interface PipelineLedger {
  /** Counts what came in and what the stage took out of it. */
  passed(answer: StageAnswer): void;
  stored(items: number): void;
  refused(reason: RefusalReason, items: number, requests: number): void;
  /** Counts requests of which no item was counted as received. */
  refusedRequests(reason: RefusalReason, requests: number): void;
}

/** Creates the ledger of a pipeline whose items go to `log`, which is `connector` where it has none of its own. */
export function createPipelineLedger(
  pipeline: string,
  log: 'out' | 'intake' | 'connector',
  metrics: OwnMetrics,
): PipelineLedger {
  const receivedItems = metrics.counter('weir_received_items_total', { pipeline });
  const appendedItems = metrics.counter('weir_appended_items_total', { pipeline, log });
  const refusedItems = (reason: RefusalReason, items: number): void => {
    if (items > 0) metrics.count('weir_refused_items_total', { pipeline, reason }, items);
  };
  const refusedRequests = (reason: RefusalReason, requests: number): void => {
    metrics.count('weir_refused_requests_total', { pipeline, reason }, requests);
  };
  const countTrimmed = (trimmed: Trimmed): void => {
    for (const [part, count] of Object.entries(trimmed) as [string, number][]) {
      if (count > 0) metrics.count('weir_trimmed_total', { pipeline, part }, count);
    }
  };
  return {
    passed: (answer) => {
      let received = 0;
      for (const items of answer.received) received += items;
      receivedItems.add(received);
      refusedItems('invalid', answer.invalid);
      refusedItems('unprocessable', answer.unprocessable);
      for (const trimmed of answer.trimmed ?? []) countTrimmed(trimmed);
      for (const { component: processor, reason, items } of answer.drops ?? []) {
        if (reason === 'sampled_out') {
          metrics.count('weir_sampled_out_items_total', { pipeline, processor }, items);
        } else {
          metrics.count('weir_filtered_items_total', { pipeline, processor, reason }, items);
        }
      }
    },
    stored: (items) => {
      appendedItems.add(items);
    },
    refused: (reason, items, requests) => {
      refusedItems(reason, items);
      refusedRequests(reason, requests);
    },
    refusedRequests,
  };
}
