import { delivered } from '../../pipeline/component/outcome.ts';
import type { Outcome, RetryCause } from '../../pipeline/component/outcome.ts';
import { clipAnswer } from '../otlp/partial-success.ts';
import type { HttpAnswer } from '../otlp_http/http-request.ts';
import { parseRetryAfter } from '../otlp_http/retry-after.ts';

/** 500 is a failed write to storage. 403 is a key of the wrong kind, or a project that is suspended until someone pays. */
const retryableCauses: ReadonlyMap<number, RetryCause> = new Map([
  [401, 'auth'],
  [403, 'auth'],
  [408, 'timeout'],
  [429, 'busy'],
  [500, 'internal'],
  [502, 'server'],
  [503, 'busy'],
  [504, 'timeout'],
]);

/** What is said of content; all else is about the path, the method or the type, and would be said of any content. */
const itemStatuses: ReadonlySet<number> = new Set([400, 422]);

/**
 * Translates Langfuse's answer. 200 says that the request is queued; its body is the queue's, also for protobuf. One bad
 * span makes 400 of a whole batch, which the delivery loop halves until it has found it.
 */
export function toLangfuseOutcome(answer: HttpAnswer, nowMs: number): Outcome {
  const { status } = answer;
  if (status >= 200 && status < 300) return delivered;
  const message = describe(answer);
  if (status === 413) return { kind: 'too_large', message };
  const cause = retryableCauses.get(status);
  if (cause === undefined) {
    return { kind: 'rejected', message, blames: itemStatuses.has(status) ? 'items' : 'request' };
  }
  const retryAfterMs = parseRetryAfter(answer.retryAfter, nowMs);
  return retryAfterMs === undefined
    ? { kind: 'retryable', cause, message }
    : { kind: 'retryable', cause, message, retryAfterMs };
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
