import type { KeyTable } from './create-keys.ts';
import {
  NO_GROUP_NAMES,
  NO_NAMES,
  type NameSequences,
  type NameShape,
  UNKNOWN_NAMES,
} from './name-sequences.ts';
import { ShortTexts } from './short-texts.ts';
import { FieldScanner } from './wire.ts';

/**
 * Tables of the index, each one `Int32Array` of records, so that one walk writes them in order and the next batch reuses
 * them. Columns are offsets in a record; positions are offsets in the request.
 */

/** Physical messages that an edit can lie in. A parent's index is always lower than its children's. */
export const NODE_STRIDE = 8;
export const NODE_PARENT = 0;
export const NODE_TAG = 1;
export const NODE_LENGTH = 2;
export const NODE_START = 3;
export const NODE_END = 4;
/** By how many bytes the body grows; set and read by the encoder only. */
export const NODE_DELTA = 5;
/** 0, or REMOVED or VIRTUAL. */
export const NODE_STATE = 6;

/** The message and everything in it is dropped. */
export const REMOVED = 1;
/** The message is not in the request: it comes to be when something is inserted into it. */
export const VIRTUAL = 2;

/** Index of the request itself. */
export const ROOT = 0;

/** Spans, log records, metrics. Columns 1 to 16 hold where the field of that number starts (after its tag), 0 where absent. */
export const ITEM_STRIDE = 32;
export const ITEM_NODE = 17;
export const ITEM_ATTRIBUTES = 18;
export const ITEM_SCOPE = 19;
export const ITEM_WEIGHT = 20;
/** A bit for each field number that occurs more than once. */
export const ITEM_REPEATED = 21;
export const ITEM_DROPPED = 22;
/** Edit that holds the new trace state, plus one. */
export const ITEM_TRACE_STATE = 23;
/** First and last+1 of the item's sub-items, plus one, 0 while not indexed. */
export const ITEM_EVENTS = 24;
export const ITEM_LINKS = 25;
/** Edit that holds the new parent span id, plus one. */
export const ITEM_PARENT_SPAN_ID = 26;
/** 1 where something in it nests too deep. */
export const ITEM_TOO_DEEP = 27;
/** First of the lists of attributes below a metric, plus one, 0 while not indexed. */
export const ITEM_POINTS = 28;

/** Scope groups (ScopeSpans and its like). Columns 1 and 2 are as in items: name and version of the scope. */
export const SCOPE_STRIDE = 8;
export const SCOPE_NODE = 0;
export const SCOPE_NAME = 1;
export const SCOPE_VERSION = 2;
export const SCOPE_RESOURCE = 3;
export const SCOPE_ATTRIBUTES = 4;
/** Items that are still in. */
export const SCOPE_LIVE = 5;

/** Resource groups (ResourceSpans and its like). */
export const RESOURCE_STRIDE = 4;
export const RESOURCE_NODE = 0;
export const RESOURCE_ATTRIBUTES = 1;
export const RESOURCE_LIVE = 2;

/** Ranks of edits at one position: what ends inside a span's last event comes before what ends the span. */
export const APPEND_TO_PART = 0;
export const APPEND = 1;
export const REPLACE = 2;

/** Lists of attributes, which may be spread over several messages on the wire. */
export const LIST_STRIDE = 8;
export const LIST_HEAD = 0;
export const LIST_TAIL = 1;
/** Message that new attributes are appended to; -1 where there is none yet. */
export const LIST_NODE = 2;
/** Tag of the list's KeyValue field. */
export const LIST_TAG = 3;
/** Message in which a missing one is created, as its field 1. */
export const LIST_GROUP = 4;
/** Rank of what is appended, among edits at one position: `APPEND_TO_PART` or `APPEND`. */
export const LIST_RANK = 5;
/** Counts additions and deletions, after which what was known about the list must be read again. */
export const LIST_VERSION = 6;
/** The sequence of its names as walked, see `NameSequences`; `UNKNOWN_NAMES` where its attributes are not side by side. */
const LIST_NAMES = 7;

/** KeyValues of lists. */
export const ATTRIBUTE_STRIDE = 8;
/** Id of the key, -1 where it is not interned. */
export const ATTRIBUTE_KEY = 0;
/** Next of its list, -1 at the end. */
export const ATTRIBUTE_NEXT = 1;
/** Where its KeyValue's tag is: in the request, or, below 0, -1 minus its place in the arena, where it was appended. */
export const ATTRIBUTE_TAG = 2;
/** Its AnyValue, in the request or, with IN_ARENA, in the arena. */
export const ATTRIBUTE_START = 3;
export const ATTRIBUTE_END = 4;
export const ATTRIBUTE_NODE = 5;
export const ATTRIBUTE_STATE = 6;
/** Edit that replaces it, or adds it, with its neighbours; -1 where there is none. */
export const ATTRIBUTE_EDIT = 7;

/** The value lies in the arena. */
export const IN_ARENA = 1;
export const DELETED = 2;
/** The value is split over several messages, which the first reader must merge. */
export const SPLIT = 4;

/** Events, links, and what has attributes below a metric, indexed when an item's are first asked for. */
export const PART_STRIDE = 4;
export const PART_START = 0;
export const PART_END = 1;
export const PART_ATTRIBUTES = 2;
export const PART_NEXT = 3;

/** Ints that a table keeps from batch to batch; what a rare huge request needed beyond is given back. */
const keptInts = 1 << 20;

/** One growing table of int records. */
export class IntTable {
  ints: Int32Array;
  count = 0;
  readonly stride: number;
  readonly #initial: number;

  constructor(stride: number, records: number) {
    this.stride = stride;
    this.#initial = stride * records;
    this.ints = new Int32Array(this.#initial);
  }

  clear(): void {
    this.count = 0;
    if (this.ints.length > keptInts) this.ints = new Int32Array(this.#initial);
  }

  /** Makes room for one more record and returns where it starts in `ints`, which may be a new array. */
  add(): number {
    const at = this.count * this.stride;
    this.count += 1;
    if (at + this.stride > this.ints.length) this.#grow();
    return at;
  }

  #grow(): void {
    const larger = new Int32Array(this.ints.length * 2);
    larger.set(this.ints);
    this.ints = larger;
  }
}

/** The index of one batch over `bytes`. */
export class BatchIndex {
  readonly keys: KeyTable;
  bytes = new Uint8Array(0);
  view: DataView = new DataView(this.bytes.buffer);
  /** The same memory as `bytes`, for Node's decoders. */
  buffer = Buffer.alloc(0);
  readonly nodes = new IntTable(NODE_STRIDE, 512);
  readonly items = new IntTable(ITEM_STRIDE, 256);
  readonly scopes = new IntTable(SCOPE_STRIDE, 32);
  readonly resources = new IntTable(RESOURCE_STRIDE, 32);
  readonly lists = new IntTable(LIST_STRIDE, 512);
  readonly attributes = new IntTable(ATTRIBUTE_STRIDE, 4096);
  readonly parts = new IntTable(PART_STRIDE, 64);
  /** For a short read of a message's fields that calls nothing else in between. */
  readonly scanner = new FieldScanner(this.bytes);
  readonly shortTexts = new ShortTexts();
  /** Keys that were interned when the attributes were; later ones need `internLate`. */
  keysKnown = 0;
  /** Changes whenever lists or their keys mean something new. */
  generation = 0;
  readonly #sequences: NameSequences;
  /** Epoch of the sequences that lists have. */
  #epoch = 0;

  constructor(keys: KeyTable) {
    this.keys = keys;
    this.#sequences = keys.sequences;
  }

  /** Forgets the last batch and takes the bytes of the next. */
  reset(bytes: Uint8Array): void {
    const { buffer, byteOffset, length } = bytes;
    // Always the one class, because the engine specialises the walk for it; receivers hand over Buffers.
    this.bytes = new Uint8Array(buffer as ArrayBuffer, byteOffset, length);
    this.view = new DataView(buffer, byteOffset, length);
    this.buffer = Buffer.from(buffer as ArrayBuffer, byteOffset, length);
    for (const table of [this.nodes, this.items, this.scopes, this.resources]) table.clear();
    for (const table of [this.lists, this.attributes, this.parts]) table.clear();
    this.keysKnown = this.keys.count;
    this.#sequences.makeRoom();
    this.#epoch = this.#sequences.epoch;
    this.generation += 1;
    const root = this.addNode(-1, -1, -1, 0);
    this.nodes.ints[root * NODE_STRIDE + NODE_END] = length;
  }

  /** Adds a message whose body starts at `start`; its end is 0 until set. */
  addNode(parent: number, tag: number, length: number, start: number): number {
    const index = this.nodes.count;
    const at = this.nodes.add();
    const { ints } = this.nodes;
    ints[at + NODE_PARENT] = parent;
    ints[at + NODE_TAG] = tag;
    ints[at + NODE_LENGTH] = length;
    ints[at + NODE_START] = start;
    ints[at + NODE_END] = 0;
    ints[at + NODE_DELTA] = 0;
    ints[at + NODE_STATE] = 0;
    return index;
  }

  /** Adds an empty attribute list that lives in `node` (-1: in no message yet, see `LIST_GROUP`). */
  addList(node: number, tag: number, group: number): number {
    const index = this.lists.count;
    const at = this.lists.add();
    const { ints } = this.lists;
    ints[at + LIST_HEAD] = -1;
    ints[at + LIST_TAIL] = -1;
    ints[at + LIST_NODE] = node;
    ints[at + LIST_TAG] = tag;
    ints[at + LIST_GROUP] = group;
    ints[at + LIST_RANK] = APPEND;
    ints[at + LIST_VERSION] = 0;
    ints[at + LIST_NAMES] = this.#sequences.begin(group < 0 ? NO_NAMES : NO_GROUP_NAMES);
    return index;
  }

  /** Appends an attribute to a list and returns where its record starts; key, value and tag are the caller's to set. */
  addAttribute(list: number, node: number): number {
    const index = this.attributes.count;
    const at = this.attributes.add();
    const { ints } = this.attributes;
    ints[at + ATTRIBUTE_NEXT] = -1;
    ints[at + ATTRIBUTE_NODE] = node;
    ints[at + ATTRIBUTE_STATE] = 0;
    ints[at + ATTRIBUTE_EDIT] = -1;
    const lists = this.lists.ints;
    const listAt = list * LIST_STRIDE;
    const tail = lists[listAt + LIST_TAIL] ?? 0;
    if (tail < 0) lists[listAt + LIST_HEAD] = index;
    else ints[tail * ATTRIBUTE_STRIDE + ATTRIBUTE_NEXT] = index;
    if (tail >= 0 && tail !== index - 1) lists[listAt + LIST_NAMES] = UNKNOWN_NAMES;
    lists[listAt + LIST_TAIL] = index;
    return at;
  }

  /** Sets the key of the attribute that was just added to a list: its record starts at `at`, its name is `bytes[start..end)`. */
  setName(list: number, at: number, start: number, end: number): void {
    const { ints } = this.lists;
    const listAt = list * LIST_STRIDE + LIST_NAMES;
    const before = ints[listAt] ?? UNKNOWN_NAMES;
    if (before < 0) {
      this.attributes.ints[at + ATTRIBUTE_KEY] = this.keys.find(this, start, end);
      return;
    }
    const names = this.#sequences.follow(before, this, start, end);
    ints[listAt] = names;
    this.attributes.ints[at + ATTRIBUTE_KEY] =
      names >= 0 ? this.#sequences.key(names) : this.#addName(listAt, before, start, end);
  }

  /** Finds the key of a name that was not remembered, and remembers it. */
  #addName(listAt: number, before: number, start: number, end: number): number {
    const key = this.keys.find(this, start, end);
    this.lists.ints[listAt] = this.#sequences.add(before, key, this, { start, end });
    return key;
  }

  /** The shape of a list that was not edited since it was walked; undefined where it is not known. */
  shapeOf(list: number): NameShape | undefined {
    const sequences = this.#sequences;
    const { ints } = this.lists;
    const at = list * LIST_STRIDE;
    const isWalked = ints[at + LIST_VERSION] === 0 && this.#epoch === sequences.epoch;
    if (!isWalked) return undefined;
    return sequences.shape(ints[at + LIST_NAMES] ?? UNKNOWN_NAMES, this.keys.count);
  }
}
