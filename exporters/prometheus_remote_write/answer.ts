import type { Outcome } from '../../pipeline/component/outcome.ts';
import { clipAnswer } from '../otlp/partial-success.ts';
import { toRefusedOutcome } from '../otlp_http/http-outcome.ts';
import type { HttpAnswer } from '../otlp_http/http-request.ts';

/** Why points were refused by the server, or were never sent; a closed set, because it is a metric label. */
export type Refusal =
  | 'out_of_order'
  | 'duplicate'
  | 'too_old'
  | 'too_far_ahead'
  | 'rejected'
  | 'too_large'
  | 'unwritten';

/** What a server said to one request. */
export type Answer =
  | { readonly kind: 'taken' }
  /** 2.0 only: all but so many samples are stored. */
  | {
      readonly kind: 'partial';
      readonly missing: number;
      readonly reason: Refusal;
      readonly message: string;
    }
  /** Something in it is refused; with 1.0 nothing of it is stored. */
  | { readonly kind: 'refused'; readonly reason: Refusal; readonly message: string }
  | { readonly kind: 'too_large'; readonly message: string }
  /** The server does not seem to know 2.0, and has stored nothing. */
  | { readonly kind: 'unknown_protocol'; readonly message: string }
  /** Worth repeating, or true of any request. */
  | { readonly kind: 'failed'; readonly outcome: Failure };

/** An outcome of a whole request. */
export type Failure = Extract<Outcome, { readonly kind: 'retryable' | 'rejected' }>;

/** Prometheus' words for each; a stable part of its answers, since there are no codes. */
const reasons: readonly (readonly [RegExp, Refusal])[] = [
  [/out of order|out-of-order/i, 'out_of_order'],
  [/duplicate sample/i, 'duplicate'],
  [/out of bounds|too old/i, 'too_old'],
  [/too far in the future/i, 'too_far_ahead'],
];

/** Translates an answer to a request of 1.0. 5xx is repeated whatever it is (remote write specification, "Retries & Backoff"). */
export function toAnswer(answer: HttpAnswer, nowMs: number): Answer {
  const { status } = answer;
  if (status >= 200 && status < 300) return { kind: 'taken' };
  const message = describe(answer);
  const outcome = toRefusedOutcome(answer, message, nowMs);
  if (outcome.kind === 'too_large') return { kind: 'too_large', message };
  if (outcome.kind === 'retryable') return { kind: 'failed', outcome };
  if (status >= 500) {
    return { kind: 'failed', outcome: { kind: 'retryable', cause: 'server', message } };
  }
  const isOfItems = outcome.kind === 'rejected' && outcome.blames !== 'request';
  if (isOfItems) return { kind: 'refused', reason: reasonOf(message), message };
  return { kind: 'failed', outcome: { kind: 'rejected', blames: 'request', message } };
}

/**
 * Translates an answer to a request of 2.0 with so many samples: what the headers do not say to be written is not, and
 * without them a server has taken the request for one of 1.0, in which it finds nothing (2.0 specification, "Required
 * Written Response Headers").
 */
export function toAnswerV2(
  answer: HttpAnswer,
  sent: { readonly samples: number; readonly isKnown: boolean },
  nowMs: number,
): Answer {
  const written = readWritten(answer);
  const plain = toAnswer(answer, nowMs);
  const message = describe(answer);
  if (answer.status === 415) return { kind: 'unknown_protocol', message };
  if (written === undefined) {
    const isDoubtful = plain.kind === 'refused' && !sent.isKnown;
    const isUnknown = plain.kind === 'taken' || isDoubtful;
    return isUnknown ? { kind: 'unknown_protocol', message } : plain;
  }
  if (plain.kind !== 'taken' && plain.kind !== 'refused') return plain;
  const missing = Math.max(0, sent.samples - written);
  if (missing === 0) return { kind: 'taken' };
  const reason = plain.kind === 'refused' ? plain.reason : 'unwritten';
  return { kind: 'partial', missing, reason, message };
}

/** Undefined where the server says nothing of what it wrote. */
function readWritten({ headers }: HttpAnswer): number | undefined {
  const read = (what: string): string | undefined => {
    const value = headers[`x-prometheus-remote-write-${what}-written`];
    return typeof value === 'string' ? value : undefined;
  };
  const samples = read('samples');
  if (samples !== undefined) return Number(samples) || 0;
  return read('histograms') === undefined && read('exemplars') === undefined ? undefined : 0;
}

function reasonOf(message: string): Refusal {
  return reasons.find(([words]) => words.test(message))?.[1] ?? 'rejected';
}

function describe({ status, location, body }: HttpAnswer): string {
  if (status >= 300 && status < 400 && location !== undefined) {
    return clipAnswer(`HTTP ${status}: redirected to ${location}; set endpoint to that`);
  }
  const text = Buffer.from(body).toString();
  return clipAnswer(`HTTP ${status}${text === '' ? '' : `: ${text}`}`);
}
