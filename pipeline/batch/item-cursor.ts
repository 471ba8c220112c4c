import { fieldSize, utf8Size } from './arena.ts';
import { itemFields, type ItemFields } from './item-fields.ts';
import { AttributeList } from './attribute-list.ts';
import type { Attribute, DropReason, Id, Item, SpanEvent, SpanLink, Value } from './batch.ts';
import {
  type BatchIndex,
  ITEM_ATTRIBUTES,
  ITEM_EVENTS,
  ITEM_LINKS,
  ITEM_SCOPE,
  ITEM_STRIDE,
  ITEM_WEIGHT,
  RESOURCE_ATTRIBUTES,
  RESOURCE_STRIDE,
  SCOPE_RESOURCE,
  SCOPE_STRIDE,
} from './batch-index.ts';
import type { Edits } from './edits.ts';
import { IdCursor } from './id-cursor.ts';
import {
  bodyField,
  parentSpanIdField,
  pendingField,
  setField,
  traceStateField,
} from './field-edits.ts';
import type { EditableField } from './field-edits.ts';
import { ItemReader } from './item-reader.ts';
import { PartCursor, type PartFields, partsOf } from './part-cursor.ts';
import { pointListsOf } from './point-lists.ts';
import { ScopeCursor } from './scope-cursor.ts';
import { readInt32, readString, STRING_TAG } from './value.ts';
import { LENGTH_DELIMITED, VARINT, writeVarint } from './wire.ts';

/** Field numbers of Status, and of the attributes of events and links. */
const STATUS_MESSAGE = 2;
const STATUS_CODE = 3;
const EVENT_ATTRIBUTES = 3;
const LINK_ATTRIBUTES = 4;

/** The item that a batch's iterator stands on. */
export class ItemCursor implements Item {
  readonly attributes: AttributeList;
  readonly resource: AttributeList;
  readonly scope: ScopeCursor;
  readonly #index: BatchIndex;
  readonly #edits: Edits;
  readonly #drop: (ordinal: number, reason: DropReason) => void;
  readonly #reader: ItemReader;
  readonly #traceId = new IdCursor();
  readonly #spanId = new IdCursor();
  readonly #parentSpanId = new IdCursor();
  readonly #eventCursor: PartCursor;
  readonly #linkCursor: PartCursor;
  readonly #points: AttributeList;
  #fields: ItemFields = itemFields.traces;
  #ordinal = 0;

  constructor(
    index: BatchIndex,
    edits: Edits,
    drop: (ordinal: number, reason: DropReason) => void,
  ) {
    this.#index = index;
    this.#edits = edits;
    this.#drop = drop;
    this.#reader = new ItemReader(index);
    this.attributes = new AttributeList(index, edits);
    this.resource = new AttributeList(index, edits);
    this.#eventCursor = new PartCursor(index, edits);
    this.#linkCursor = new PartCursor(index, edits);
    this.#points = new AttributeList(index, edits);
    this.scope = new ScopeCursor(index, edits, this.#reader);
  }

  /** Prepares for the items of a batch that was just opened. */
  reset(fields: ItemFields): this {
    this.#fields = fields;
    this.scope.reset();
    return this;
  }

  move(ordinal: number): this {
    const { items, scopes, resources } = this.#index;
    const at = ordinal * ITEM_STRIDE;
    this.#ordinal = ordinal;
    this.#reader.at = at;
    this.attributes.move(items.ints[at + ITEM_ATTRIBUTES] ?? -1);
    const scopeAt = (items.ints[at + ITEM_SCOPE] ?? 0) * SCOPE_STRIDE;
    if (!this.scope.move(scopeAt)) return this;
    const resourceAt = (scopes.ints[scopeAt + SCOPE_RESOURCE] ?? 0) * RESOURCE_STRIDE;
    this.resource.move(resources.ints[resourceAt + RESOURCE_ATTRIBUTES] ?? -1);
    return this;
  }

  get ordinal(): number {
    return this.#ordinal;
  }

  get weight(): number {
    return this.#index.items.ints[this.#reader.at + ITEM_WEIGHT] ?? 0;
  }

  get name(): string {
    return this.#reader.string(this.#fields.name);
  }

  get traceId(): Id {
    return this.#reader.id(this.#fields.traceId, this.#traceId);
  }

  get spanId(): Id {
    return this.#reader.id(this.#fields.spanId, this.#spanId);
  }

  get parentSpanId(): Id {
    const pending = pendingField(this.#index, this.#edits, this.#reader.at, parentSpanIdField);
    if (pending === undefined) {
      return this.#reader.id(this.#fields.parentSpanId, this.#parentSpanId);
    }
    const { start, end } = pending;
    return this.#parentSpanId.move(this.#edits.arena.buffer, start, end - start);
  }

  setParentSpanId(hex: string): void {
    this.#setField(parentSpanIdField, Buffer.from(hex, 'hex'));
  }

  get traceState(): string {
    const pending = pendingField(this.#index, this.#edits, this.#reader.at, traceStateField);
    if (pending === undefined) return this.#reader.string(this.#fields.traceState);
    return readString(this.#edits.arena, pending.start, pending.end);
  }

  setTraceState(value: string): void {
    this.#setField(traceStateField, Buffer.from(value));
  }

  get spanKind(): number {
    return this.#reader.int32(this.#fields.kind);
  }

  get startTimeUnixNano(): bigint {
    const start = this.#reader.fixed64(this.#fields.start);
    return start === 0n ? this.#reader.fixed64(this.#fields.observed) : start;
  }

  get endTimeUnixNano(): bigint {
    return this.#reader.fixed64(this.#fields.end);
  }

  get startUnixMs(): number {
    return this.#reader.unixMs(this.#fields.start) || this.#reader.unixMs(this.#fields.observed);
  }

  get endUnixMs(): number {
    return this.#reader.unixMs(this.#fields.end);
  }

  get durationMs(): number {
    return this.#reader.milliseconds(this.#fields.start, this.#fields.end);
  }

  get statusCode(): number {
    const pos = this.#reader.nested(this.#fields.status, STATUS_CODE, VARINT);
    return pos === 0 ? 0 : readInt32(this.#index.bytes, pos);
  }

  get statusMessage(): string {
    const pos = this.#reader.nested(this.#fields.status, STATUS_MESSAGE, LENGTH_DELIMITED);
    return pos === 0 ? '' : this.#reader.stringAt(pos);
  }

  get severityNumber(): number {
    return this.#reader.int32(this.#fields.severityNumber);
  }

  get severityText(): string {
    return this.#reader.string(this.#fields.severityText);
  }

  get body(): Value {
    return this.#reader.value(this.#fields.body);
  }

  setBody(value: string): void {
    if (this.#fields.body === 0) throw new Error('only log records have a body');
    const size = utf8Size(value);
    const body = Buffer.alloc(fieldSize(size), STRING_TAG);
    body.write(value, writeVarint(body, 1, size));
    setField(this.#index, this.#edits, { item: this.#reader.at, field: bodyField }, body);
  }

  get events(): Iterable<SpanEvent> {
    return this.#parts(this.#eventCursor, {
      column: ITEM_EVENTS,
      field: this.#fields.events,
      attributes: EVENT_ATTRIBUTES,
    });
  }

  get links(): Iterable<SpanLink> {
    return this.#parts(this.#linkCursor, {
      column: ITEM_LINKS,
      field: this.#fields.links,
      attributes: LINK_ATTRIBUTES,
    });
  }

  get pointAttributes(): Iterable<Attribute> {
    return this.#fields === itemFields.metrics ? this.#visitPoints() : [];
  }

  drop(reason: DropReason): void {
    this.#drop(this.#ordinal, reason);
  }

  #setField(field: EditableField, value: Uint8Array): void {
    if (this.#fields.traceState === 0) throw new Error('only spans have such a field');
    setField(this.#index, this.#edits, { item: this.#reader.at, field }, value);
  }

  /** Most items have neither events nor links, which the walk has seen: then nothing is looked for. */
  #parts(cursor: PartCursor, fields: PartFields): Iterable<PartCursor> {
    if ((this.#index.items.ints[this.#reader.at + fields.field] ?? 0) === 0) return [];
    return this.#visit(cursor, fields);
  }

  *#visit(cursor: PartCursor, fields: PartFields): Generator<PartCursor> {
    for (const part of partsOf(this.#index, this.#reader.at, fields)) yield cursor.move(part);
  }

  *#visitPoints(): Generator<Attribute> {
    for (const list of pointListsOf(this.#index, this.#reader.at)) {
      yield* this.#points.move(list);
    }
  }
}
