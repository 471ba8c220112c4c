import type { ComponentContext } from '../../pipeline/component/context.ts';
import type { Outcome, RetryCause } from '../../pipeline/component/outcome.ts';
import type { Signal } from '../../pipeline/component/signal.ts';
import {
  decodeExportResponse,
  parseExportResponseJson,
} from '../../pipeline/otlp/export-response.ts';
import type { PartialSuccess } from '../../pipeline/otlp/export-response.ts';
import { decodeStatus, parseStatusJson } from '../../pipeline/otlp/status.ts';
import { clipAnswer, toAcceptedOutcome } from '../otlp/partial-success.ts';
import type { HttpAnswer } from './http-request.ts';
import { parseRetryAfter } from './retry-after.ts';

/**
 * The OTLP specification's retryable statuses, those by which a server says that a credential is wrong, and 500: the
 * specification has it dropped, and servers answer it while their storage is away.
 */
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

/** What a server says of content; all else is about the path, the method, the type, and would be said of any content. */
const itemStatuses: ReadonlySet<number> = new Set([400, 422]);

/** Translates an HTTP answer, by the OTLP specification's section "OTLP/HTTP Response". */
export function toHttpOutcome(
  answer: HttpAnswer,
  signal: Signal,
  context: Pick<ComponentContext, 'logger' | 'clock'>,
): Outcome {
  if (answer.status >= 200 && answer.status < 300) {
    return toAcceptedOutcome(readResponse(answer, signal), context.logger);
  }
  return toRefusedOutcome(answer, describe(answer), context.clock.now());
}

/** Translates any other status than 2xx, for all sinks over HTTP; `message` is what the sink said. */
export function toRefusedOutcome(
  { status, retryAfter }: Pick<HttpAnswer, 'status' | 'retryAfter'>,
  message: string,
  nowMs: number,
): Outcome {
  if (status === 413) return { kind: 'too_large', message };
  const cause = retryableCauses.get(status);
  if (cause === undefined) {
    return { kind: 'rejected', message, blames: itemStatuses.has(status) ? 'items' : 'request' };
  }
  const retryAfterMs = parseRetryAfter(retryAfter, nowMs);
  return retryAfterMs === undefined
    ? { kind: 'retryable', cause, message }
    : { kind: 'retryable', cause, message, retryAfterMs };
}

function describe(answer: HttpAnswer): string {
  const { status, location } = answer;
  if (status >= 300 && status < 400) {
    const target = location === undefined ? '' : ` to ${location}`;
    return clipAnswer(`HTTP ${String(status)}: redirected${target}; redirects are not followed`);
  }
  const message = readMessage(answer);
  return clipAnswer(`HTTP ${String(status)}${message === '' ? '' : `: ${message}`}`);
}

/** The message of the body's google.rpc.Status; a plain text body as it is; '' for anything else (a proxy's page). */
function readMessage({ contentType, body }: HttpAnswer): string {
  if (isJson(contentType)) return parseStatusJson(toText(body))?.message ?? '';
  if (/^text\/plain/i.test(contentType)) return toText(body);
  if (!isProtobuf(contentType)) return '';
  try {
    return decodeStatus(body).message;
  } catch {
    return '';
  }
}

/** Langfuse and others answer 200 with a body of their own: the status decides, the body can only add rejected items. */
function readResponse({ contentType, body }: HttpAnswer, signal: Signal): PartialSuccess {
  if (isJson(contentType)) return parseExportResponseJson(signal, toText(body));
  if (!isProtobuf(contentType)) return { rejectedItems: 0, message: '' };
  try {
    return decodeExportResponse(body);
  } catch {
    return { rejectedItems: 0, message: 'its answer is no OTLP response' };
  }
}

function isJson(contentType: string): boolean {
  return /^application\/json/i.test(contentType);
}

function isProtobuf(contentType: string): boolean {
  return /^application\/x-protobuf/i.test(contentType);
}

function toText(body: Uint8Array): string {
  return Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString();
}
