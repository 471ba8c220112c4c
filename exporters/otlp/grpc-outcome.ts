import { status as code } from '@grpc/grpc-js';
import type { Metadata, ServiceError } from '@grpc/grpc-js';
import type { Outcome, RetryCause } from '../../pipeline/component/outcome.ts';
import { decodeStatus } from '../../pipeline/otlp/status.ts';
import { clipAnswer } from './partial-success.ts';

/** Codes that the OTLP specification lets a client repeat, besides RESOURCE_EXHAUSTED with RetryInfo. */
const retryableCauses: ReadonlyMap<number, RetryCause> = new Map([
  [code.CANCELLED, 'server'],
  [code.DEADLINE_EXCEEDED, 'timeout'],
  [code.ABORTED, 'server'],
  [code.OUT_OF_RANGE, 'server'],
  [code.UNAVAILABLE, 'network'],
  [code.DATA_LOSS, 'server'],
  // The specification has these dropped. Servers answer them while their storage is away, and on a bug that one item wakes.
  [code.INTERNAL, 'internal'],
  [code.UNKNOWN, 'internal'],
  // Refused by configuration, not by content: the data is kept until the key is mended or the retry time is over.
  [code.UNAUTHENTICATED, 'auth'],
  [code.PERMISSION_DENIED, 'auth'],
]);

/** Said of the method, or of the sender's quota, whatever the content is. */
const requestCodes: ReadonlySet<number> = new Set([
  code.UNIMPLEMENTED,
  code.NOT_FOUND,
  code.RESOURCE_EXHAUSTED,
]);

/** How the gRPC libraries and proxies word a message over the receiver's limit (grpc-go, -js, -java, Python, nginx). */
const sizeMessage =
  /message.{0,40}(larger than|exceeds|too large|over the|size)|HTTP status code:? 413/i;

/** What grpc-js itself reports when a connection broke in the middle of a call: nobody decided on the content. */
const brokenCallMessage =
  /^(Received RST_STREAM|Call ended without gRPC status|Connection dropped|Stream )/i;

/** Translates the error of a unary call, by the OTLP specification's table of retryable codes. */
export function toGrpcOutcome(error: ServiceError): Outcome {
  const name = code[error.code];
  const message = clipAnswer(`${name}: ${error.details}`);
  const retryAfterMs = retryDelay(error.metadata);
  const retryable = (cause: RetryCause): Outcome =>
    retryAfterMs === undefined
      ? { kind: 'retryable', cause, message }
      : { kind: 'retryable', cause, message, retryAfterMs };

  if (error.code === code.RESOURCE_EXHAUSTED && retryAfterMs !== undefined)
    return retryable('busy');
  const mayBeSize = error.code === code.RESOURCE_EXHAUSTED || error.code === code.UNKNOWN;
  if (mayBeSize && sizeMessage.test(error.details)) return { kind: 'too_large', message };
  if (brokenCallMessage.test(error.details)) return retryable('reset');
  const cause = retryableCauses.get(error.code);
  if (cause === undefined) {
    return {
      kind: 'rejected',
      message,
      blames: requestCodes.has(error.code) ? 'request' : 'items',
    };
  }
  return retryable(cause === 'network' && retryAfterMs !== undefined ? 'busy' : cause);
}

function retryDelay(metadata: Metadata | undefined): number | undefined {
  const [details] = metadata?.get('grpc-status-details-bin') ?? [];
  if (!(details instanceof Uint8Array)) return undefined;
  try {
    return decodeStatus(details).retryAfterMs;
  } catch {
    // Details are an extra; what is no google.rpc.Status says nothing about a delay.
    return undefined;
  }
}
