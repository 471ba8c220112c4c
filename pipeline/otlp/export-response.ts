import type { Signal } from '../component/signal.ts';
import { createWireReader } from './wire-reader.ts';
import { createWireWriter, wireType } from './wire-writer.ts';

/** What an `Export…ServiceResponse` says about the items it did not take; 0 and '' where it took all. */
export interface PartialSuccess {
  readonly rejectedItems: number;
  readonly message: string;
}

// The same numbers in ExportTraceServiceResponse, ExportLogsServiceResponse and ExportMetricsServiceResponse.
const partialSuccessField = 1;
const rejectedField = 1;
const messageField = 2;

const rejectedKey: Readonly<Record<Signal, string>> = {
  traces: 'rejectedSpans',
  logs: 'rejectedLogRecords',
  metrics: 'rejectedDataPoints',
};

/** Protobuf of the response of any signal; empty where everything was taken and there is nothing to say. */
export function encodeExportResponse(partial: PartialSuccess): Uint8Array {
  if (isWholeSuccess(partial)) return new Uint8Array();
  const writer = createWireWriter();
  writer.tag(partialSuccessField, wireType.delimited);
  const mark = writer.open();
  if (partial.rejectedItems > 0) {
    writer.tag(rejectedField, wireType.varint);
    writer.varint(partial.rejectedItems);
  }
  writer.tag(messageField, wireType.delimited);
  writer.delimited(Buffer.from(partial.message));
  writer.close(mark);
  return writer.finish();
}

/** The same as ProtoJSON, where the count's key names the signal. */
export function encodeExportResponseJson(signal: Signal, partial: PartialSuccess): string {
  if (isWholeSuccess(partial)) return '{}';
  const { rejectedItems, message } = partial;
  return JSON.stringify({
    partialSuccess: { [rejectedKey[signal]]: String(rejectedItems), errorMessage: message },
  });
}

function isWholeSuccess(partial: PartialSuccess): boolean {
  return partial.rejectedItems === 0 && partial.message === '';
}

/** Reads the protobuf response of any signal. @throws WireError where the bytes are no message. */
export function decodeExportResponse(bytes: Uint8Array): PartialSuccess {
  let partial: PartialSuccess = { rejectedItems: 0, message: '' };
  const reader = createWireReader(bytes);
  while (!reader.isAtEnd) {
    const field = reader.tag();
    if (field === partialSuccessField && reader.type === wireType.delimited) {
      partial = decodePartialSuccess(reader.delimited());
    } else reader.skip();
  }
  return partial;
}

function decodePartialSuccess(bytes: Uint8Array): PartialSuccess {
  const reader = createWireReader(bytes);
  let rejectedItems = 0;
  let message = '';
  while (!reader.isAtEnd) {
    const field = reader.tag();
    if (field === rejectedField && reader.type === wireType.varint) {
      rejectedItems = Number(BigInt.asIntN(64, reader.varint()));
    } else if (field === messageField && reader.type === wireType.delimited) {
      message = Buffer.from(reader.delimited()).toString();
    } else reader.skip();
  }
  return { rejectedItems, message };
}

/** Reads the JSON response of any signal; everything counts as taken where `text` is no such response. */
export function parseExportResponseJson(signal: Signal, text: string): PartialSuccess {
  const partial = property(parseJson(text), 'partialSuccess');
  const message = property(partial, 'errorMessage');
  const rejected = Number(property(partial, rejectedKey[signal]) ?? 0);
  return {
    rejectedItems: Number.isSafeInteger(rejected) ? rejected : 0,
    message: typeof message === 'string' ? message : '',
  };
}

function property(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  return Object.entries(value).find(([key]) => key === name)?.[1];
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
