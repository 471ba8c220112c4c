import { delivered } from '../../pipeline/component/outcome.ts';
import type { Outcome } from '../../pipeline/component/outcome.ts';
import { clipAnswer } from '../otlp/partial-success.ts';
import { toRefusedOutcome } from '../otlp_http/http-outcome.ts';
import type { HttpAnswer } from '../otlp_http/http-request.ts';

/**
 * Translates Langfuse's answer. 200 says that the request is queued; its body is the queue's, also for protobuf. One bad
 * span makes 400 of a whole batch, which the delivery loop halves until it has found it.
 */
export function toLangfuseOutcome(answer: HttpAnswer, nowMs: number): Outcome {
  const isTaken = answer.status >= 200 && answer.status < 300;
  return isTaken ? delivered : toRefusedOutcome(answer, describe(answer), nowMs);
}

function describe({ status, location, contentType, body }: HttpAnswer): string {
  if (location !== undefined) {
    return clipAnswer(`HTTP ${status}: redirected to ${location}; set endpoint to that`);
  }
  const text = /^application\/json/i.test(contentType) ? readMessage(body) : '';
  return clipAnswer(`HTTP ${status}${text === '' ? '' : `: ${text}`}`);
}

/** `error` or `message`, whichever is a text: Langfuse writes either. */
function readMessage(body: Uint8Array): string {
  try {
    const answer: unknown = JSON.parse(Buffer.from(body).toString());
    if (typeof answer !== 'object' || answer === null) return '';
    const texts = [
      'message' in answer ? answer.message : '',
      'error' in answer ? answer.error : '',
    ];
    return texts.filter((text) => typeof text === 'string' && text !== '').join(': ');
  } catch {
    return '';
  }
}
