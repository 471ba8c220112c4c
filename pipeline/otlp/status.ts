import { createWireReader } from './wire-reader.ts';
import { createWireWriter, wireType } from './wire-writer.ts';

/** `google.rpc.Status`, with the delay of its `google.rpc.RetryInfo` where it has one. */
export interface RpcStatus {
  /** gRPC code, see https://grpc.io/docs/guides/status-codes/. */
  readonly code: number;
  readonly message: string;
  /** Do not repeat sooner than this. */
  readonly retryAfterMs?: number | undefined;
}

const retryInfoType = 'type.googleapis.com/google.rpc.RetryInfo';

// google/rpc/status.proto, any.proto, error_details.proto, duration.proto
const statusField = { code: 1, message: 2, details: 3 } as const;
const anyField = { typeUrl: 1, value: 2 } as const;
const retryDelayField = 1;
const durationField = { seconds: 1, nanos: 2 } as const;

/** Protobuf of the status: the body of an OTLP/HTTP error, and `grpc-status-details-bin`. */
export function encodeStatus(status: RpcStatus): Uint8Array {
  const writer = createWireWriter();
  writer.tag(statusField.code, wireType.varint);
  writer.varint(status.code);
  writer.tag(statusField.message, wireType.delimited);
  writer.delimited(Buffer.from(status.message));
  if (status.retryAfterMs !== undefined) {
    writer.tag(statusField.details, wireType.delimited);
    writer.delimited(encodeRetryInfo(status.retryAfterMs));
  }
  return writer.finish();
}

/** An Any that holds a RetryInfo. */
function encodeRetryInfo(retryAfterMs: number): Uint8Array {
  const writer = createWireWriter();
  writer.tag(anyField.typeUrl, wireType.delimited);
  writer.delimited(Buffer.from(retryInfoType));
  writer.tag(anyField.value, wireType.delimited);
  const value = writer.open();
  writer.tag(retryDelayField, wireType.delimited);
  const delay = writer.open();
  writer.tag(durationField.seconds, wireType.varint);
  writer.varint(Math.floor(retryAfterMs / 1000));
  writer.tag(durationField.nanos, wireType.varint);
  writer.varint(Math.round((retryAfterMs % 1000) * 1e6));
  writer.close(delay);
  writer.close(value);
  return writer.finish();
}

/** The same as ProtoJSON. */
export function encodeStatusJson(status: RpcStatus): string {
  const { code, message, retryAfterMs } = status;
  if (retryAfterMs === undefined) return JSON.stringify({ code, message });
  const retryDelay = `${(retryAfterMs / 1000).toFixed(3)}s`;
  return JSON.stringify({ code, message, details: [{ '@type': retryInfoType, retryDelay }] });
}

/** Reads a status; details other than RetryInfo are left out. @throws WireError where the bytes are no message. */
export function decodeStatus(bytes: Uint8Array): RpcStatus {
  const reader = createWireReader(bytes);
  let code = 0;
  let message = '';
  let retryAfterMs: number | undefined;
  while (!reader.isAtEnd) {
    const field = reader.tag();
    if (field === statusField.code && reader.type === wireType.varint) {
      code = Number(BigInt.asIntN(32, reader.varint()));
    } else if (field === statusField.message && reader.type === wireType.delimited) {
      message = toText(reader.delimited());
    } else if (field === statusField.details && reader.type === wireType.delimited) {
      retryAfterMs = decodeRetryInfo(reader.delimited()) ?? retryAfterMs;
    } else reader.skip();
  }
  return retryAfterMs === undefined ? { code, message } : { code, message, retryAfterMs };
}

function decodeRetryInfo(any: Uint8Array): number | undefined {
  const parts = readDelimited(any);
  const typeUrl = parts.get(anyField.typeUrl);
  if (typeUrl === undefined || !toText(typeUrl).endsWith('/google.rpc.RetryInfo')) return undefined;
  const delay = readDelimited(parts.get(anyField.value) ?? new Uint8Array()).get(retryDelayField);
  if (delay === undefined) return undefined;
  const reader = createWireReader(delay);
  let ms = 0;
  while (!reader.isAtEnd) {
    const field = reader.tag();
    if (reader.type !== wireType.varint) reader.skip();
    else {
      const value = Number(BigInt.asIntN(64, reader.varint()));
      if (field === durationField.seconds) ms += value * 1000;
      if (field === durationField.nanos) ms += value / 1e6;
    }
  }
  return Math.max(0, ms);
}

/** The length-delimited fields of a message by number, the last of each. */
function readDelimited(bytes: Uint8Array): Map<number, Uint8Array> {
  const reader = createWireReader(bytes);
  const parts = new Map<number, Uint8Array>();
  while (!reader.isAtEnd) {
    const field = reader.tag();
    if (reader.type === wireType.delimited) parts.set(field, reader.delimited());
    else reader.skip();
  }
  return parts;
}

function toText(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();
}

/** Reads a status from ProtoJSON; undefined where `text` is none. */
export function parseStatusJson(text: string): RpcStatus | undefined {
  const parsed = parseObject(text);
  if (parsed === undefined) return undefined;
  const { code, message, details } = parsed;
  const retryAfterMs = Array.isArray(details) ? findRetryDelay(details) : undefined;
  const status = {
    code: typeof code === 'number' ? code : 0,
    message: typeof message === 'string' ? message : '',
  };
  return retryAfterMs === undefined ? status : { ...status, retryAfterMs };
}

function findRetryDelay(details: readonly unknown[]): number | undefined {
  for (const detail of details) {
    if (typeof detail !== 'object' || detail === null) continue;
    const delay = 'retryDelay' in detail ? detail.retryDelay : undefined;
    const match = typeof delay === 'string' ? /^(\d+(?:\.\d+)?)s$/.exec(delay) : null;
    if (match !== null) return Number(match[1]) * 1000;
  }
  return undefined;
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    const isObject = typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed);
    return isObject ? Object.fromEntries(Object.entries(parsed)) : undefined;
  } catch {
    return undefined;
  }
}
