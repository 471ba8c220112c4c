import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { Signal } from '../../pipeline/component/signal.ts';
import {
  encodeExportResponse,
  encodeExportResponseJson,
} from '../../pipeline/otlp/export-response.ts';
import type { PartialSuccess } from '../../pipeline/otlp/export-response.ts';
import { encodeStatus, encodeStatusJson } from '../../pipeline/otlp/status.ts';
import { refusals, toRetryAfter } from './answers.ts';
import type { Refusal } from './answers.ts';
import type { Encoding } from './http-route.ts';

const contentType = { protobuf: 'application/x-protobuf', json: 'application/json' } as const;

/** Sends the `Export…ServiceResponse`, in the encoding of the request. */
export function sendAccepted(
  response: ServerResponse,
  encoding: Encoding,
  signal: Signal,
  partial: PartialSuccess,
): void {
  const body =
    encoding === 'json' ? encodeExportResponseJson(signal, partial) : encodeExportResponse(partial);
  send(response, 200, { 'content-type': contentType[encoding] }, body);
}

/** Sends the refusal as a `google.rpc.Status`, with what its HTTP status asks for beside it. */
export function sendRefused(response: ServerResponse, encoding: Encoding, refusal: Refusal): void {
  const { grpc: code, http } = refusals[refusal.reason];
  const { message, retryAfterMs } = refusal;
  const status = { code, message, retryAfterMs };
  const body = encoding === 'json' ? encodeStatusJson(status) : encodeStatus(status);
  const headers = {
    'content-type': contentType[encoding],
    ...(retryAfterMs !== undefined && { 'retry-after': toRetryAfter(retryAfterMs) }),
    ...(refusal.reason === 'method' && { allow: 'POST' }),
  };
  send(response, http, headers, body);
}

function send(
  response: ServerResponse,
  status: number,
  headers: OutgoingHttpHeaders,
  body: string | Uint8Array,
): void {
  // The client may have gone while the pipeline worked.
  if (response.destroyed || response.headersSent) return;
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) });
  response.end(body);
}
