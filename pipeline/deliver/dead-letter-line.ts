import { isSignal } from '../component/signal.ts';
import type { Signal } from '../component/signal.ts';
import type { DeadLetterEntry } from './dead-letter.ts';

/** An entry as it is read back. */
export interface StoredEntry {
  readonly id: string;
  /** When it was set aside, ISO 8601. */
  readonly time: string;
  readonly signal: Signal;
  /** Items that were refused. */
  readonly items: number;
  readonly reason: string;
  readonly error: string;
  /** See `DeadLetterEntry`. */
  readonly route: string | undefined;
  /** One OTLP export request in protobuf. */
  readonly request: Buffer;
}

/** What a sink says about a request may quote it; this much is enough to know what it is about. */
const maxErrorLength = 200;

/** An entry as one line of JSON. What is short stands first, so that a reader need not parse the request to count. */
export function formatEntry(entry: DeadLetterEntry, nowMs: number): Buffer {
  const { id, slice, items, reason, error, route } = entry;
  const request = Buffer.from(slice.bytes.buffer, slice.bytes.byteOffset, slice.bytes.byteLength);
  const line = JSON.stringify({
    id,
    time: entry.time ?? new Date(nowMs).toISOString(),
    signal: slice.signal,
    items,
    reason,
    error: error.slice(0, maxErrorLength),
    ...(route !== undefined && { route }),
    request: request.toString('base64'),
  });
  return Buffer.from(`${line}\n`);
}

/** Reads a line back; undefined where it is none, as after a write that a full disk or a crash cut short. */
export function parseEntry(line: string): StoredEntry | undefined {
  const fields = parseObject(line);
  const text = (name: string): string => {
    const value = fields?.[name];
    return typeof value === 'string' ? value : '';
  };
  const signal = text('signal');
  const items = fields?.['items'];
  if (!isSignal(signal) || typeof items !== 'number' || text('id') === '') return undefined;
  return {
    id: text('id'),
    time: text('time'),
    signal,
    items,
    reason: text('reason'),
    error: text('error'),
    route: typeof fields?.['route'] === 'string' ? fields['route'] : undefined,
    request: Buffer.from(text('request'), 'base64'),
  };
}

function parseObject(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    // Sound because every object can be read by string keys.
    return typeof value === 'object' && value !== null
      ? (value as Readonly<Record<string, unknown>>)
      : undefined;
  } catch {
    return undefined;
  }
}
