import { decodeJson } from '../../../pipeline/otlp/decode-json.ts';
import type { Outcome } from '../../../pipeline/component/outcome.ts';
import { CommandFailure, exitCodes } from '../exit-code.ts';
import { createOtlpSender } from '../otlp-sender.ts';
import type { OtlpProtocol, OtlpSender } from '../otlp-sender.ts';
import { captures, readCapture } from './captures.ts';
import type { Capture } from './captures.ts';
import { freshen } from './freshen.ts';
import type { Expected } from './read-back.ts';

/** Where the demo sends. */
export interface DemoEndpoints {
  readonly grpc: string;
  readonly http: string;
}

/** Sends every capture once, in order, and tells what to expect back. @throws CommandFailure where one is not taken. */
export async function sendCaptures(endpoints: DemoEndpoints, nowMs: number): Promise<Expected> {
  const senders = await createSenders(endpoints);
  const traceIds: string[] = [];
  let spans = 0;
  try {
    for (const capture of captures) {
      const fresh = freshen(readCapture(capture), nowMs);
      const body = toBody(capture, fresh.json);
      const outcome = await senders[capture.protocol].send(capture.signal, body);
      requireTaken(capture, outcome, endpoints);
      if (capture.signal !== 'traces') continue;
      traceIds.push(...fresh.traceIds);
      spans += countSpans(fresh.json);
    }
  } finally {
    await Promise.all(Object.values(senders).map((sender) => sender.close()));
  }
  return { traceIds, spans };
}

async function createSenders(
  endpoints: DemoEndpoints,
): Promise<Readonly<Record<OtlpProtocol, OtlpSender>>> {
  const [grpc, proto, json] = await Promise.all([
    createOtlpSender('grpc', endpoints.grpc),
    createOtlpSender('http_proto', endpoints.http),
    createOtlpSender('http_json', endpoints.http),
  ]);
  return { grpc, http_proto: proto, http_json: json };
}

function toBody({ signal, protocol }: Capture, json: unknown): Uint8Array {
  const text = Buffer.from(JSON.stringify(json));
  return protocol === 'http_json' ? text : decodeJson(signal, text);
}

function requireTaken(capture: Capture, outcome: Outcome, endpoints: DemoEndpoints): void {
  if (outcome.kind === 'delivered') return;
  const isGrpc = capture.protocol === 'grpc';
  const endpoint = isGrpc ? endpoints.grpc : endpoints.http;
  const isForeign =
    outcome.kind === 'rejected' || (outcome.kind === 'retryable' && outcome.cause === 'network');
  const hint = isForeign
    ? `\nDoes something else than Weir listen there? Then choose with --${isGrpc ? 'grpc' : 'http'}-endpoint.`
    : '';
  throw new CommandFailure(
    `${endpoint} did not take ${capture.name}: ${outcome.message}${hint}`,
    exitCodes.unreachable,
  );
}

function countSpans(json: unknown): number {
  return JSON.stringify(json).split('"spanId":').length - 1;
}
