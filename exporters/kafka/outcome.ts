import type { Outcome, RetryCause } from '../../pipeline/component/outcome.ts';
import { clipAnswer } from '../otlp/partial-success.ts';

/** What a broker's error means (https://kafka.apache.org/protocol#protocol_error_codes); every other is `server`. */
const meanings: Readonly<Record<string, RetryCause | 'too_large' | 'items' | 'request'>> = {
  MESSAGE_TOO_LARGE: 'too_large',
  RECORD_LIST_TOO_LARGE: 'too_large',
  TOPIC_AUTHORIZATION_FAILED: 'auth',
  CLUSTER_AUTHORIZATION_FAILED: 'auth',
  SASL_AUTHENTICATION_FAILED: 'auth',
  REQUEST_TIMED_OUT: 'timeout',
  THROTTLING_QUOTA_EXCEEDED: 'busy',
  CORRUPT_MESSAGE: 'items',
  INVALID_RECORD: 'items',
  INVALID_TIMESTAMP: 'items',
  INVALID_TOPIC_EXCEPTION: 'request',
};

/**
 * What says that a topic cannot be written to. Of a configured one that is waited for; one that an attribute of somebody's
 * telemetry has named must not hold up all the others.
 */
const topicRefusals: ReadonlySet<unknown> = new Set([
  'UNKNOWN_TOPIC_OR_PARTITION',
  'TOPIC_AUTHORIZATION_FAILED',
  'INVALID_TOPIC_EXCEPTION',
]);

/** Where the messages were to go. */
export interface Destination {
  readonly topic: string;
  /** By an attribute of the items, not by the configuration. */
  readonly isNamedByData: boolean;
}

/** Translates what kafkajs threw, by the error at the bottom of it. */
export function toKafkaOutcome(error: unknown, { topic, isNamedByData }: Destination): Outcome {
  const cause = rootOf(error);
  const message = clipAnswer(describe(cause, topic));
  if (isNamedByData && cause instanceof Error && 'type' in cause && topicRefusals.has(cause.type)) {
    return { kind: 'rejected', message, blames: 'items' };
  }
  const meaning = meaningOf(cause);
  if (meaning === 'too_large') return { kind: 'too_large', message };
  if (meaning === 'items' || meaning === 'request') {
    return { kind: 'rejected', message, blames: meaning };
  }
  return { kind: 'retryable', cause: meaning, message };
}

/** kafkajs wraps what made it give up. */
function rootOf(error: unknown): unknown {
  let root = error;
  while (root instanceof Error && root.cause instanceof Error) root = root.cause;
  return root;
}

function meaningOf(error: unknown): (typeof meanings)[string] {
  if (!(error instanceof Error)) return 'bug';
  if ('type' in error && typeof error.type === 'string') return meanings[error.type] ?? 'server';
  if (error.name === 'KafkaJSSASLAuthenticationError') return 'auth';
  if (error.name === 'KafkaJSRequestTimeoutError') return 'timeout';
  return error.name.startsWith('KafkaJS') || 'code' in error ? 'network' : 'bug';
}

function describe(error: unknown, topic: string): string {
  if (!(error instanceof Error)) return String(error);
  if ('type' in error && error.type === 'UNKNOWN_TOPIC_OR_PARTITION') {
    return `topic "${topic}" does not exist, and the brokers do not create it`;
  }
  return error.message;
}
