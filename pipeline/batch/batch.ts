import type { Signal } from '../component/signal.ts';
import type { AttributeKeys } from './attribute-keys.ts';
import type { AttributeTemplate } from './attribute-template.ts';
import type { JsonText } from './json-text.ts';
import type { Key } from './key.ts';
import type { KnownAttributes } from './known-attributes.ts';
import type { NamePatterns } from './name-patterns.ts';
import type { ItemLimits, Trimmed } from './trim.ts';

/**
 * Why an item left a batch, a closed set because it is a metric label.
 * `sampled_out` goes to the ledger's sampled-out counter, `invalid` to refused (the wire checks), the rest to filtered.
 */
export type DropReason = 'filtered' | 'blocked' | 'sampled_out' | 'invalid';

/** An AnyValue as JavaScript data; ints are bigint so that int64 never loses a digit, a kvlist is a Map. */
export type Value =
  string | boolean | bigint | number | Uint8Array | Value[] | ValueMap | undefined;
export type ValueMap = Map<string, Value>;

/** The oneof of AnyValue; `empty` is an AnyValue with no field set. */
export type ValueKind =
  'string' | 'boolean' | 'int' | 'double' | 'array' | 'kvlist' | 'bytes' | 'empty';

/** A trace or span id on the wire. A cursor of its item: read it, do not keep it. */
export interface Id {
  /** Length in bytes as sent: 16 or 8 where valid, 0 where absent. */
  readonly size: number;
  /** True where absent or all zero. */
  readonly isEmpty: boolean;
  /** Byte `index`, 0 where past the end. */
  byte(index: number): number;
  /** Bytes `4 * index` to `4 * index + 3` as a signed integer, so that ids are compared without becoming text. */
  word(index: number): number;
  /** Lower-case hex, '' where absent. */
  hex(): string;
}

/** Looks at the text `bytes[start..end)`, which is UTF-8; `view` is the same memory. */
export type TextTest = (bytes: Uint8Array, start: number, end: number, view: DataView) => boolean;

/**
 * One attribute under the iterator of `Attributes`. A cursor: read it, do not keep it.
 * Typed readers give undefined where the value is of another kind.
 */
export interface Attribute {
  /** Its interned key, undefined where nobody asked for that name; telling by it does not decode the name. */
  readonly key: Key | undefined;
  /** What `Attributes.at` finds it by again, while the batch stands on this item; for reading, on whichever it stands. */
  readonly index: number;
  readonly name: string;
  readonly kind: ValueKind;
  string(): string | undefined;
  number(): number | undefined;
  integer(): bigint | undefined;
  boolean(): boolean | undefined;
  strings(): string[] | undefined;
  /** What a test says of a text's bytes, without decoding it; false where the value is of another kind. */
  test(test: TextTest): boolean;
  /** Decodes a part of the text that `test` was shown: from there, from `start` to `end`. */
  part(start: number, end: number): string;
  value(): Value;
  /** Adds a text to JSON text, as a JSON string; false, and nothing added, where the value is of another kind. */
  copyJson(into: JsonText): boolean;
  /** Puts a string in the place of its value. */
  setString(value: string): void;
  delete(): void;
}

/**
 * A list of KeyValue that is read and edited by name. Reads see pending edits, the newest first; where a key occurs
 * twice on the wire, the first one counts. Setting a key that exists replaces its value in place.
 */
export interface Attributes extends Iterable<Attribute> {
  has(key: Key): boolean;
  /** The value's kind, undefined where the key is absent. */
  kind(key: Key): ValueKind | undefined;
  /** The string value; undefined where absent or of another kind. */
  string(key: Key): string | undefined;
  /** The int or double value as a JS number; undefined where absent or of another kind. */
  number(key: Key): number | undefined;
  /** The int value, exact; undefined where absent or of another kind. */
  integer(key: Key): bigint | undefined;
  boolean(key: Key): boolean | undefined;
  /** The elements of an array of strings; undefined where absent, of another kind, or an element is no string. */
  strings(key: Key): string[] | undefined;
  /** What a test says of a text's bytes, without decoding it; false where the key is absent or of another kind. */
  test(key: Key, test: TextTest): boolean;
  /** The value of any kind, decoded; undefined where absent or empty. */
  value(key: Key): Value;
  /** Moves a cursor, the same one each time, to the attribute of a key; undefined where it is absent. */
  find(key: Key): Attribute | undefined;
  /** Which attributes have an interned key, in wire order, pending ones last; to be read before the next edit or look-up. */
  keys(): AttributeKeys;
  /** The attributes whose name starts with the prefix's name, in wire order, pending ones last. */
  withPrefix(prefix: Key): Iterable<Attribute>;
  /**
   * Calls `visit` for each attribute whose name fits one of the patterns, in wire order: with the place of the pattern, and
   * a number by which `at` finds the attribute again, as `Attribute.index`. The numbers of the name are in
   * `patterns.numbers` meanwhile. Attributes that are pending are not visited.
   */
  forEachMatch(patterns: NamePatterns, visit: (pattern: number, attribute: number) => void): void;
  /** Moves the cursor of `find` to an attribute by its index. */
  at(attribute: number): Attribute;
  setString(key: Key, value: string): void;
  /** Sets a string to a text that was put together as bytes. */
  setJson(key: Key, value: JsonText): void;
  /** A number must be a safe integer; throws RangeError where it is not. */
  setInt(key: Key, value: bigint | number): void;
  setDouble(key: Key, value: number): void;
  setBoolean(key: Key, value: boolean): void;
  setStrings(key: Key, value: readonly string[]): void;
  /** Sets a key to the value that another attribute has, of whatever kind, without decoding it. */
  copy(key: Key, index: number): void;
  /**
   * Adds all attributes of a template, with the doubles that it leaves open in its order. False where one of its keys is
   * there already; then nothing is added.
   */
  append(template: AttributeTemplate, doubles?: readonly number[]): boolean;
  delete(key: Key): void;
  /** Deletes an attribute by its index, as `Attribute.delete` does; look-ups that follow are cheaper than after that. */
  deleteAt(attribute: number): void;
}

/** The instrumentation scope of an item. */
export interface Scope {
  readonly name: string;
  readonly version: string;
  readonly attributes: Attributes;
}

/** A span event. A cursor: read it, do not keep it. */
export interface SpanEvent {
  readonly name: string;
  readonly timeUnixNano: bigint;
  readonly attributes: Attributes;
}

/** A span link. A cursor: read it, do not keep it. */
export interface SpanLink {
  readonly traceId: Id;
  readonly spanId: Id;
  readonly attributes: Attributes;
}

/**
 * One span, log record or metric: a cursor that the batch's iterator moves. Do not keep it, nor what hangs off it.
 * Fields that the signal does not have read as empty ('', 0, 0n, an empty id, no events).
 */
export interface Item {
  /** Position in the batch as walked, from 0; stable until `texts()` or `encode()`. Dropped items are not visited again. */
  readonly ordinal: number;
  /** What the item counts for in the ledger: 1, for a metric its number of data points. */
  readonly weight: number;
  readonly attributes: Attributes;
  readonly resource: Attributes;
  readonly scope: Scope;
  /** Span name, log event name, or metric name. */
  readonly name: string;
  readonly traceId: Id;
  readonly spanId: Id;
  readonly parentSpanId: Id;
  /** Hangs a span elsewhere; 16 hex digits, or '' for a root. */
  setParentSpanId(hex: string): void;
  readonly traceState: string;
  setTraceState(value: string): void;
  /** SpanKind as on the wire (0 unspecified, 1 internal, 2 server, 3 client, 4 producer, 5 consumer). */
  readonly spanKind: number;
  /** Span start, or a log record's time (its observed time where that is 0). */
  readonly startTimeUnixNano: bigint;
  readonly endTimeUnixNano: bigint;
  /** The same two in milliseconds, rounded to a quarter of a microsecond: for what needs no exact time and may not be slow. */
  readonly startUnixMs: number;
  readonly endUnixMs: number;
  /** End minus start in milliseconds, never negative; 0 where the signal has no duration. */
  readonly durationMs: number;
  /** Span status: 0 unset, 1 ok, 2 error. */
  readonly statusCode: number;
  readonly statusMessage: string;
  readonly severityNumber: number;
  readonly severityText: string;
  /** A log record's body, decoded. */
  readonly body: Value;
  /** Puts a string in the place of a log record's body; `body` does not show it before the batch is opened again. */
  setBody(value: string): void;
  readonly events: Iterable<SpanEvent>;
  readonly links: Iterable<SpanLink>;
  /** The attributes of all data points of a metric, and those that their exemplars keep; `attributes` are its metadata. */
  readonly pointAttributes: Iterable<Attribute>;
  drop(reason: DropReason): void;
}

/** Where a text stands; `key` texts are attribute or map keys. */
export type TextPlace =
  | 'attribute'
  | 'name'
  | 'status_message'
  | 'trace_state'
  | 'event_name'
  | 'body'
  | 'severity_text'
  | 'scope'
  | 'schema_url'
  | 'metric';

/** What a text is on the wire. A replaced int, double or bytes value becomes a string. */
export type TextKind = 'string' | 'int' | 'double' | 'bytes' | 'key';

/**
 * One place that can hold user content. A cursor of `Texts`: read it, do not keep it.
 */
export interface Text {
  /** Index in its `Texts`. */
  readonly index: number;
  readonly place: TextPlace;
  readonly kind: TextKind;
  /** Ordinal of the item it belongs to, or of the first item under its resource or scope; see `owner`. */
  readonly item: number;
  readonly owner: 'item' | 'resource' | 'scope';
  /** The same number for all texts of one attribute, the outermost one where nested, and for no other; -1 where in none. */
  readonly attribute: number;
  /** Key of the attribute it stands in, the outermost one where nested; '' where in none. */
  readonly key: string;
  /** Decoded as UTF-8; numbers in decimal. */
  readonly value: string;
  /**
   * Puts `value` in its place when the batch is encoded; the last call wins. It becomes a string, whatever it was, or bytes
   * where it is no UTF-8.
   */
  replace(value: string | Uint8Array): void;
}

/**
 * Attributes that are added beside texts that are replaced. A cursor: use it before the next one is asked for.
 * Setting a key twice throws, and so does one without the prefix that was asked for.
 */
export interface Additions {
  /** A value must be a safe integer; throws RangeError where it is not. */
  setInt(key: Key, value: number): void;
  setString(key: Key, value: string): void;
}

/**
 * Every place of a batch that can hold user content, at any depth, in wire order, gathered into one buffer with a NUL
 * between neighbours: scanning the raw request instead is wrong, because a length byte can look like a letter. Embedding
 * vectors are left out and counted.
 * Valid until the next call of `texts()`, `encode()` or the reader's `open()`; iterating the batch ends replacing, because
 * items then show what was replaced: `replace` throws after it.
 */
export interface Texts extends Iterable<Text> {
  readonly count: number;
  /** The gathered bytes, UTF-8. At least 128 zero bytes follow `buffer[size - 1]`, and 16 precede `buffer[0]` in its memory. */
  readonly buffer: Uint8Array;
  /** Used bytes of `buffer`. */
  readonly size: number;
  /** Arrays of doubles that are not gathered, because embedding vectors hold no text. */
  readonly skippedVectors: number;
  /** Bytes values that are not gathered, because they are no text: see `isMostlyText`. */
  readonly skippedBinaries: number;
  /** Where text `index` starts and ends in `buffer`. */
  start(index: number): number;
  end(index: number): number;
  /** Index of the text that holds `offset` of `buffer`. */
  at(offset: number): number;
  /** Moves the cursor to text `index`. */
  text(index: number): Text;
  /**
   * For adding attributes to what texts belong to, by their `owner` and `item`, at a fraction of what iterating the batch
   * costs, which has to show what was replaced. Their keys begin with `prefix`; undefined where an attribute of such a key
   * is there already, or the request does not have that message exactly once.
   */
  additions(owner: Text['owner'], item: number, prefix: string): Additions | undefined;
  /** Makes short attributes known, none of whose texts is in `except`, so that `Batch.texts` can leave them out. */
  makeKnown(known: KnownAttributes, except: ReadonlySet<number>): void;
}

/**
 * One OTLP export request: its bytes, an index over them, and pending edits. Owned by one thread, and valid until its
 * reader opens the next one, because readers reuse the index.
 */
export interface Batch extends Iterable<Item> {
  readonly signal: Signal;
  /** Bytes of the request as opened. */
  readonly size: number;
  /** Weight of the items that are still in. */
  readonly items: number;
  /** Weight of the items that the wire checks refused when it was opened, and the first reason in words. */
  readonly rejected: { readonly items: number; readonly message: string };
  /** Weight dropped so far for `reason`. */
  dropped(reason: DropReason): number;
  /** Every text at any depth; not to be called while the batch is iterated. With pending edits the batch is first re-based, so that texts show what earlier components wrote. Attributes that are known are left out. */
  texts(known?: KnownAttributes): Texts;
  /**
   * Takes out every field, at any depth, that OTLP does not have or has with another wire type: `texts()` does not show
   * what is in them. Not to be called while the batch is iterated. Returns whether there were any.
   */
  dropUnknown(): boolean;
  /**
   * Takes out of each item what is over the limits, and says how much; undefined where nothing is. Not to be called while
   * the batch is iterated.
   */
  trim(limits: ItemLimits): Trimmed | undefined;
  /** A valid export request with all edits applied; the very bytes that were opened where nothing was edited. */
  encode(): Uint8Array;
}

/** Opens requests one after the other in reused memory. One per thread and chain of transforms. */
export interface BatchReader {
  /**
   * Walks the request. Items that break the rules of the wire (ids of wrong size or all zero where required) are dropped
   * as `invalid` and reported in `rejected`; their neighbours stay.
   * @throws WireError where the bytes are no export request.
   */
  open(signal: Signal, bytes: Uint8Array): Batch;
}
