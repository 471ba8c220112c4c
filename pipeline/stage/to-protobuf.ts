import type { Signal } from '../component/signal.ts';
import { decodeJson } from '../otlp/decode-json.ts';
import { inflate } from './inflate.ts';
import type { RequestForm } from './task.ts';

/**
 * The body as an uncompressed protobuf request.
 * @throws TooLargeError, InflateError, OtlpJsonError
 */
export function toProtobuf(signal: Signal, body: Uint8Array, form: RequestForm): Uint8Array {
  const inflated = inflate(body, form.compression, form.maxBytes);
  return form.encoding === 'json' ? decodeJson(signal, inflated) : inflated;
}
