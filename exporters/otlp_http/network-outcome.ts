import type { Delivery } from '../../pipeline/component/exporter.ts';
import type { Outcome } from '../../pipeline/component/outcome.ts';
import { clipAnswer } from '../otlp/partial-success.ts';
import { StaleConnectionError } from './http-request.ts';

/** What an attempt came to that got no answer: always worth repeating. */
export function toNetworkOutcome(
  error: unknown,
  { abort }: Pick<Delivery, 'abort'>,
): Extract<Outcome, { kind: 'retryable' }> {
  const reason: unknown = abort.aborted ? abort.reason : error;
  const failed = error instanceof StaleConnectionError ? 'reset' : 'network';
  const cause = abort.aborted ? 'timeout' : failed;
  return { kind: 'retryable', cause, message: clipAnswer(describeError(reason)) };
}

/** Node's AggregateError of a failed connect to several addresses has an empty message of its own. */
function describeError(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') {
    return error.errors.map(describeError).join('; ');
  }
  return error instanceof Error ? error.message : String(error);
}
