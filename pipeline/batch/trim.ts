import type { Signal } from '../component/signal.ts';
import { createWireWriter } from '../otlp/wire-writer.ts';
import type { WireWriter } from '../otlp/wire-writer.ts';
import { actionTables, ENTER, TAGS } from './actions.ts';
import { messageType } from './fields.ts';
import { itemFields } from './item-fields.ts';
import { readNumber, STRING, ValueCursor } from './value.ts';
import { FieldScanner, LENGTH_DELIMITED, VARINT } from './wire.ts';

/** What one span or log record may hold; what is beyond is taken out of it, and counted. */
export interface ItemLimits {
  readonly attributes: number;
  readonly events: number;
  readonly links: number;
  /** Of an attribute, its key included, and of a log record's body. */
  readonly valueBytes: number;
}

/** How much was taken out: attributes, events, links and bodies as a whole, and texts that were cut at their end. */
export interface Trimmed {
  attributes: number;
  events: number;
  links: number;
  bodies: number;
  texts: number;
}

const REQUEST = messageType('Request');
const ITEM = messageType('Item');

/** A list of an item that is limited, and the field in which the item counts what was dropped of it. */
interface LimitedList {
  readonly kind: 'attributes' | 'events' | 'links';
  readonly field: number;
  readonly countField: number;
}

const limitedLists: Readonly<Record<'traces' | 'logs', readonly LimitedList[]>> = {
  traces: [
    { kind: 'attributes', field: itemFields.traces.attributes, countField: 10 },
    { kind: 'events', field: itemFields.traces.events, countField: 12 },
    { kind: 'links', field: itemFields.traces.links, countField: 14 },
  ],
  logs: [{ kind: 'attributes', field: itemFields.logs.attributes, countField: 7 }],
};

/**
 * Writes a request again with its items within the limits: the first attributes, events and links stay, texts are cut at the
 * end of a character, larger values of other kinds go, and the items' own counts of what was dropped grow. Metrics have no
 * such counts and stay as they are. The request must have been walked.
 */
export function trimItems(
  signal: Signal,
  bytes: Uint8Array,
  limits: ItemLimits,
): { readonly bytes: Uint8Array; readonly trimmed: Trimmed } {
  const trimmed: Trimmed = { attributes: 0, events: 0, links: 0, bodies: 0, texts: 0 };
  if (signal === 'metrics') return { bytes, trimmed };
  const writer = createWireWriter(bytes.length);
  const trimming = { signal, bytes, limits, trimmed, writer };
  writeEnvelope(trimming, REQUEST, [0, bytes.length]);
  return { bytes: writer.finish(), trimmed };
}

interface Trimming {
  readonly signal: 'traces' | 'logs';
  readonly bytes: Uint8Array;
  readonly limits: ItemLimits;
  readonly trimmed: Trimmed;
  readonly writer: WireWriter;
}

type Range = readonly [start: number, end: number];

/** Request, groups and scopes: copied, but for the items in them. */
function writeEnvelope(trimming: Trimming, type: number, [start, end]: Range): void {
  const { bytes, signal, writer } = trimming;
  const scanner = new FieldScanner(bytes).enter(bytes, start, end);
  while (scanner.next()) {
    const tag = scanner.field * 8 + scanner.wireType;
    const inner = tag < TAGS ? (actionTables[signal][type * TAGS + tag] ?? 0) - ENTER : -1;
    if (inner < 0 || inner > ITEM) {
      writer.raw(bytes.subarray(scanner.tagPos, scanner.stop));
      continue;
    }
    writer.varint(tag);
    const mark = writer.open();
    const range: Range = [scanner.start, scanner.stop];
    if (inner === ITEM) writeItem(trimming, range);
    else writeEnvelope(trimming, inner, range);
    writer.close(mark);
  }
}

/** How far one list of the item at hand has been read. */
interface ListState extends LimitedList {
  seen: number;
  /** What the sender dropped already; the last field of several counts. */
  droppedBefore: number;
  dropped: number;
}

function writeItem(trimming: Trimming, [start, end]: Range): void {
  const { bytes, signal, limits, trimmed, writer } = trimming;
  const { body } = itemFields[signal];
  const lists: readonly ListState[] = limitedLists[signal].map((list) => ({
    ...list,
    seen: 0,
    droppedBefore: 0,
    dropped: 0,
  }));
  const scanner = new FieldScanner(bytes).enter(bytes, start, end);
  while (scanner.next()) {
    const { field, wireType } = scanner;
    const list = lists.find((one) => one.field === field || one.countField === field);
    if (list?.countField === field && wireType === VARINT) {
      list.droppedBefore = readNumber(bytes, scanner.start);
    } else if (list?.field === field && wireType === LENGTH_DELIMITED) {
      list.seen += 1;
      const isKept = list.seen <= limits[list.kind] && writeElement(trimming, list, scanner);
      if (!isKept) list.dropped += 1;
    } else if (field === body && body !== 0 && wireType === LENGTH_DELIMITED) {
      writeBody(trimming, scanner);
    } else writer.raw(bytes.subarray(scanner.tagPos, scanner.stop));
  }
  for (const { kind, countField, droppedBefore, dropped } of lists) {
    trimmed[kind] += dropped;
    if (droppedBefore + dropped === 0) continue;
    writer.tag(countField, VARINT);
    writer.varint(Math.min(droppedBefore + dropped, maxCount));
  }
}

/** Counts of what was dropped are uint32. */
const maxCount = 0xffff_ffff;

/** Writes an element of a list; false where it is an attribute that is too large and no text. */
function writeElement(trimming: Trimming, { kind }: LimitedList, scanner: FieldScanner): boolean {
  const { bytes, limits, writer } = trimming;
  const { field, start, stop } = scanner;
  if (kind !== 'attributes' || stop - start <= limits.valueBytes) {
    writer.raw(bytes.subarray(scanner.tagPos, stop));
    return true;
  }
  const attribute = new FieldScanner(bytes).enter(bytes, start, stop);
  let value: Range | undefined;
  let key: Range = [start, start];
  while (attribute.next()) {
    if (attribute.wireType !== LENGTH_DELIMITED) continue;
    if (attribute.field === KEY) key = [attribute.start, attribute.stop];
    else if (attribute.field === VALUE) value = [attribute.start, attribute.stop];
  }
  const text = value === undefined ? undefined : textOf(bytes, value);
  const room = limits.valueBytes - (key[1] - key[0]);
  if (text === undefined || room <= 0) return false;
  writer.tag(field, LENGTH_DELIMITED);
  const mark = writer.open();
  writer.tag(KEY, LENGTH_DELIMITED);
  writer.delimited(bytes.subarray(...key));
  writeText(trimming, VALUE, text, room);
  writer.close(mark);
  return true;
}

/** A body that is too large and no text goes; a log record has no count for it. */
function writeBody(trimming: Trimming, scanner: FieldScanner): void {
  const { bytes, limits, trimmed, writer } = trimming;
  const { field, start, stop } = scanner;
  if (stop - start <= limits.valueBytes) {
    writer.raw(bytes.subarray(scanner.tagPos, stop));
    return;
  }
  const text = textOf(bytes, [start, stop]);
  if (text === undefined) trimmed.bodies += 1;
  else writeText(trimming, field, text, limits.valueBytes);
}

/** KeyValue's fields. */
const KEY = 1;
const VALUE = 2;

/** The text of an AnyValue; undefined where it is of another kind. */
function textOf(bytes: Uint8Array, [start, stop]: Range): Range | undefined {
  const cursor = new ValueCursor();
  return cursor.locate(bytes, start, stop) === STRING ? [cursor.start, cursor.stop] : undefined;
}

/** Writes an AnyValue with as much of a text as there is room for, up to the end of a character. */
function writeText(
  { bytes, trimmed, writer }: Trimming,
  field: number,
  text: Range,
  room: number,
): void {
  const [start, stop] = text;
  let end = Math.min(stop, start + room);
  while (end < stop && end > start && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  if (end < stop) trimmed.texts += 1;
  writer.tag(field, LENGTH_DELIMITED);
  const mark = writer.open();
  writer.tag(STRING, LENGTH_DELIMITED);
  writer.delimited(bytes.subarray(start, end));
  writer.close(mark);
}
