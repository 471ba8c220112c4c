import type { Logger } from '../../pipeline/component/context.ts';
import { delivered } from '../../pipeline/component/outcome.ts';
import type { Outcome } from '../../pipeline/component/outcome.ts';
import type { PartialSuccess } from '../../pipeline/otlp/export-response.ts';

/** A server's words go to the log and must not flood it. */
const maxMessageLength = 300;

/** What an OTLP server says in a message or body, short enough for a log line. */
export function clipAnswer(message: string): string {
  const line = message.replace(/\s+/g, ' ').trim();
  return line.length > maxMessageLength ? `${line.slice(0, maxMessageLength)}…` : line;
}

/**
 * The outcome of an answer with status OK. A message without rejected items is a warning of the server (OTLP
 * specification, "Partial Success"): everything was taken, and the log says what the server said.
 */
export function toAcceptedOutcome(partial: PartialSuccess, logger: Logger): Outcome {
  const message = clipAnswer(partial.message);
  if (partial.rejectedItems > 0) {
    const { rejectedItems } = partial;
    return {
      kind: 'partial',
      rejectedItems,
      message: message === '' ? 'no reason given' : message,
    };
  }
  if (message !== '') logger.warn('the server took everything and warns', { warning: message });
  return delivered;
}
