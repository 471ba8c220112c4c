import { encodeRequest } from '../../support/otlp-oracle.ts';

/** Makes a traces request of spans with the ids `firstId`, `firstId + 1` and so on. */
export type MakeRequest = (firstId: number) => Buffer;

/** Stands for an id in the template: 24 bytes that no other part of a request contains. */
const placeholder = Buffer.alloc(24, 0xa5);

/**
 * Prepares requests of `spans` spans with an attribute of `bodyBytes` bytes each. An id stands three times in its span: as
 * the span id, and in both halves of the trace id, once inverted, so that a span put together from two others shows.
 */
export function createRequestMaker(spans: number, bodyBytes: number): MakeRequest {
  const template = encodeTemplate(spans, bodyBytes);
  const traceIds = offsetsOf(template, placeholder.subarray(0, 16));
  const spanIds = traceIds.map((offset) =>
    template.indexOf(placeholder.subarray(0, 8), offset + 16),
  );
  return (firstId) => {
    const request = Buffer.from(template);
    for (let index = 0; index < spans; index += 1) {
      const id = BigInt(firstId + index);
      const traceId = traceIds[index] ?? 0;
      request.writeBigUInt64BE(BigInt.asUintN(64, ~id), traceId);
      request.writeBigUInt64BE(id, traceId + 8);
      request.writeBigUInt64BE(id, spanIds[index] ?? 0);
    }
    return request;
  };
}

function encodeTemplate(spans: number, bodyBytes: number): Buffer {
  const span = {
    traceId: placeholder.subarray(0, 16),
    spanId: placeholder.subarray(0, 8),
    name: 'chat',
    startTimeUnixNano: '1750000000000000000',
    endTimeUnixNano: '1750000001000000000',
    attributes: [{ key: 'body', value: { stringValue: 'x'.repeat(bodyBytes) } }],
  };
  const scopeSpans = [{ spans: Array.from({ length: spans }, () => span) }];
  return Buffer.from(encodeRequest('traces', { resourceSpans: [{ scopeSpans }] }));
}

function offsetsOf(bytes: Buffer, part: Buffer): number[] {
  const offsets: number[] = [];
  for (let at = bytes.indexOf(part); at >= 0; at = bytes.indexOf(part, at + part.length)) {
    offsets.push(at);
  }
  return offsets;
}

/** The way from a traces request to a span: resource_spans, scope_spans, spans. */
const spanPath = [1, 2, 2] as const;
const traceIdField = 1;
const spanIdField = 2;

/** The ids of a request's spans, in order. @throws Error where a span is not one that `createRequestMaker` wrote. */
export function readSpanIds(request: Uint8Array): number[] {
  const bytes = Buffer.from(request.buffer, request.byteOffset, request.byteLength);
  const ids: number[] = [];
  const enter = (level: number, from: number, to: number): void => {
    if (level === spanPath.length) ids.push(readSpanId(bytes, from, to));
    else {
      eachField(bytes, from, to, (field, start, end) => {
        if (field === spanPath[level]) enter(level + 1, start, end);
      });
    }
  };
  enter(0, 0, bytes.length);
  return ids;
}

function readSpanId(bytes: Buffer, from: number, to: number): number {
  let traceId = 0;
  let spanId = 0;
  eachField(bytes, from, to, (field, start) => {
    if (field === traceIdField) traceId = start;
    if (field === spanIdField) spanId = start;
  });
  const id = bytes.readBigUInt64BE(spanId);
  const isWhole =
    id === bytes.readBigUInt64BE(traceId + 8) &&
    BigInt.asUintN(64, ~id) === bytes.readBigUInt64BE(traceId);
  if (!isWhole) throw new Error(`the span ${id} is not as it was sent`);
  return Number(id);
}

type VisitField = (field: number, start: number, end: number) => void;

/** Calls `visit` with the bounds of each length-delimited field; others are passed over. */
function eachField(bytes: Buffer, from: number, to: number, visit: VisitField): void {
  let at = from;
  const varint = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = bytes[at++] ?? 0;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  };
  while (at < to) {
    const tag = varint();
    const type = tag & 7;
    if (type === 0) varint();
    else if (type === 1) at += 8;
    else if (type === 5) at += 4;
    else {
      const length = varint();
      visit(tag >>> 3, at, at + length);
      at += length;
    }
  }
}
