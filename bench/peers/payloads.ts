import { traceRequest, type CorpusKind } from '../corpus.ts';

export type PayloadKind = CorpusKind;

/** A trace export request in gRPC's length-prefixed framing (flag byte, four bytes of length, message), uncompressed. */
export function framedRequest(kind: PayloadKind, spans: number): Buffer {
  const message = traceRequest(kind, spans);
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}
