import { decodeJson } from '../../pipeline/otlp/decode-json.ts';
import { toJson } from '../../pipeline/batch/value-json.ts';
import { createGenaiRun, type GenaiRun } from './run-genai.ts';

/** A span as a test writes it down; attribute values as plain data. */
export interface GivenSpan {
  readonly name?: string;
  readonly scope?: string;
  readonly version?: string;
  readonly status?: number;
  readonly attributes?: Readonly<Record<string, unknown>>;
  readonly events?: readonly {
    readonly name: string;
    /** Milliseconds after the span's start. */
    readonly atMs?: number;
    readonly attributes?: Readonly<Record<string, unknown>>;
  }[];
}

/** A span as the processor leaves it. */
export interface EditedSpan {
  readonly attributes: Readonly<Record<string, unknown>>;
  /** Attributes of its events, in their order. */
  readonly events: readonly Readonly<Record<string, unknown>>[];
}

const startNs = 1_790_000_000_000_000_000n;

/** Runs one span through the processor; the run is a new one with default settings where none is given. */
export async function runSpan(given: GivenSpan, run?: GenaiRun): Promise<EditedSpan> {
  const genai = run ?? (await createGenaiRun({}));
  for (const { attributes, events } of genai.reader.open('traces', genai.run(toRequest(given)))) {
    return {
      attributes: toRecord(attributes),
      events: Array.from(events, (event) => toRecord(event.attributes)),
    };
  }
  throw new Error('the processor dropped the span');
}

/** The request that holds one span. */
export function toRequest(given: GivenSpan): Uint8Array {
  const span = {
    traceId: 'ab'.repeat(16),
    spanId: 'cd'.repeat(8),
    name: given.name ?? 'chat',
    startTimeUnixNano: String(startNs),
    endTimeUnixNano: String(startNs + 1_000_000_000n),
    status: { code: given.status ?? 0 },
    attributes: toAttributes(given.attributes ?? {}),
    events: (given.events ?? []).map(({ name, atMs = 0, attributes = {} }) => ({
      name,
      timeUnixNano: String(startNs + BigInt(atMs) * 1_000_000n),
      attributes: toAttributes(attributes),
    })),
  };
  const scope = { name: given.scope ?? '', version: given.version ?? '' };
  const request = { resourceSpans: [{ scopeSpans: [{ scope, spans: [span] }] }] };
  return decodeJson('traces', Buffer.from(JSON.stringify(request)));
}

function toRecord(
  attributes: Iterable<{ readonly name: string; value(): Parameters<typeof toJson>[0] }>,
): Record<string, unknown> {
  const record = new Map<string, unknown>();
  for (const attribute of attributes) record.set(attribute.name, toJson(attribute.value()));
  return Object.fromEntries(record);
}

function toAttributes(values: Readonly<Record<string, unknown>>): object[] {
  return Object.entries(values).map(([key, value]) => ({ key, value: toAnyValue(value) }));
}

function toAnyValue(value: unknown): object {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  if (typeof value === 'number') {
    return Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: value };
  }
  if (Array.isArray(value)) return { arrayValue: { values: value.map(toAnyValue) } };
  if (typeof value === 'object' && value !== null) {
    return { kvlistValue: { values: toAttributes({ ...value }) } };
  }
  return {};
}
