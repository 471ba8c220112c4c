import { WireError } from '../batch/wire-error.ts';
import { JsonSyntaxError } from '../json/json-syntax-error.ts';
import { OtlpJsonError } from '../otlp/otlp-json-error.ts';
import { InflateError, TooLargeError } from './inflate.ts';
import type { TaskVerdict } from './task.ts';

/** Tells the sender why its bytes cannot be read; an error that is none of the known ones is a bug, and unprocessable. */
export function refusalOf(error: unknown): TaskVerdict {
  if (error instanceof TooLargeError) return { kind: 'too_large', message: error.message };
  if (
    error instanceof WireError ||
    error instanceof OtlpJsonError ||
    error instanceof JsonSyntaxError ||
    error instanceof InflateError
  ) {
    return { kind: 'invalid', message: error.message, reason: 'malformed' };
  }
  return unprocessable();
}

/** The verdict on a request that a component failed on. Says nothing of why: the error's text may quote the content. */
export function unprocessable(): Extract<TaskVerdict, { kind: 'invalid' }> {
  return { kind: 'invalid', message: 'the request is unprocessable', reason: 'unprocessable' };
}
