import { appendBytes, type Sink } from './append-bytes.ts';
import {
  type BatchIndex,
  NODE_DELTA,
  NODE_END,
  NODE_LENGTH,
  NODE_PARENT,
  NODE_START,
  NODE_STATE,
  NODE_STRIDE,
  REMOVED,
  ROOT,
  VIRTUAL,
} from './batch-index.ts';
import {
  EDIT_END,
  EDIT_NODE,
  EDIT_POSITION,
  EDIT_RANK,
  EDIT_REMOVED,
  EDIT_START,
  EDIT_STRIDE,
  type Edits,
} from './edits.ts';
import { sortByKey } from './merge-sort.ts';
import { varintSize, writeVarint } from './wire.ts';

/** Resource and scope are field 1 of their groups. */
const VIRTUAL_TAG = 0x0a;

/** Writes a batch with its edits. Reuses its scratch memory from call to call. */
export class Encoder {
  #order = new Int32Array(1024);
  #spare = new Int32Array(1024);
  #keys = new Float64Array(1024);
  #dirty = new Int32Array(1024);
  #dirtySpare = new Int32Array(1024);

  /** Returns the edited request in memory from `allocate`, of which it fills exactly the size it asked for. */
  encode(index: BatchIndex, edits: Edits, allocate: (size: number) => Uint8Array): Uint8Array {
    if (edits.hasRemovals) inheritRemovals(index);
    const order = this.#sortEdits(index, edits);
    for (const edit of order) addDelta(index, edits, edit);
    const dirtyCount = this.#propagate(index);
    const size = index.bytes.length + (index.nodes.ints[ROOT + NODE_DELTA] ?? 0);
    const target = allocate(size);
    this.#write(index, edits, { order, dirty: this.#sortDirty(index, dirtyCount), target });
    clearDeltas(index);
    return target;
  }

  /** Indexes of the edits that are not in dropped messages, by position. */
  #sortEdits(index: BatchIndex, edits: Edits): Int32Array {
    const { ints } = edits.table;
    if (this.#order.length < edits.count) {
      this.#order = new Int32Array(edits.table.ints.length);
      this.#spare = new Int32Array(edits.table.ints.length);
    }
    this.#reserveKeys(edits.count);
    let count = 0;
    for (let edit = 0; edit < edits.count; edit++) {
      const at = edit * EDIT_STRIDE;
      const node = ints[at + EDIT_NODE] ?? 0;
      const state = index.nodes.ints[node * NODE_STRIDE + NODE_STATE] ?? 0;
      if ((state & REMOVED) !== 0) continue;
      this.#keys[edit] = (ints[at + EDIT_POSITION] ?? 0) * 4 + (ints[at + EDIT_RANK] ?? 0);
      this.#order[count++] = edit;
    }
    return sortByKey(this.#order, this.#spare, this.#keys, count).subarray(0, count);
  }

  #reserveKeys(count: number): void {
    if (this.#keys.length < count) this.#keys = new Float64Array(count * 2);
  }

  /** Passes growth from messages to their parents, lengths included; returns how many messages changed. */
  #propagate({ nodes }: BatchIndex): number {
    const { ints } = nodes;
    let count = 0;
    for (let node = nodes.count - 1; node > ROOT; node--) {
      const at = node * NODE_STRIDE;
      const delta = ints[at + NODE_DELTA] ?? 0;
      if (delta === 0) continue;
      const start = ints[at + NODE_START] ?? 0;
      const size = (ints[at + NODE_END] ?? 0) - start + delta;
      const oldLength = start - (ints[at + NODE_LENGTH] ?? 0);
      const tag = ints[at + NODE_STATE] === VIRTUAL ? 1 : 0;
      const parent = (ints[at + NODE_PARENT] ?? 0) * NODE_STRIDE + NODE_DELTA;
      ints[parent] = (ints[parent] ?? 0) + delta + tag + varintSize(size) - oldLength;
      count += 1;
    }
    return count;
  }

  /** Indexes of the messages whose length changed, by position. */
  #sortDirty({ nodes }: BatchIndex, count: number): Int32Array {
    const { ints } = nodes;
    if (this.#dirty.length < count) {
      this.#dirty = new Int32Array(count * 2);
      this.#dirtySpare = new Int32Array(count * 2);
    }
    this.#reserveKeys(nodes.count);
    let found = 0;
    for (let node = ROOT + 1; found < count; node++) {
      if (ints[node * NODE_STRIDE + NODE_DELTA] === 0) continue;
      this.#keys[node] = ints[node * NODE_STRIDE + NODE_LENGTH] ?? 0;
      this.#dirty[found++] = node;
    }
    return sortByKey(this.#dirty, this.#dirtySpare, this.#keys, count).subarray(0, count);
  }

  #write(
    { bytes, view, nodes }: BatchIndex,
    { table, arena }: Edits,
    { order, dirty, target }: { order: Int32Array; dirty: Int32Array; target: Uint8Array },
  ): void {
    const writer = new Writer(view, nodes.ints, dirty, target);
    const { ints } = table;
    for (const edit of order) {
      const at = edit * EDIT_STRIDE;
      const position = ints[at + EDIT_POSITION] ?? 0;
      writer.writeUpTo(position);
      appendBytes(writer, arena.view, ints[at + EDIT_START] ?? 0, ints[at + EDIT_END] ?? 0);
      writer.from = position + (ints[at + EDIT_REMOVED] ?? 0);
    }
    writer.writeUpTo(bytes.length);
  }
}

/** Copies a request piece by piece, with new lengths where they changed. */
class Writer implements Sink {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  used = 0;
  /** Where the next piece of the request starts. */
  from = 0;
  #next = 0;
  readonly #request: DataView;
  readonly #nodes: Int32Array;
  readonly #dirty: Int32Array;

  constructor(request: DataView, nodes: Int32Array, dirty: Int32Array, target: Uint8Array) {
    this.bytes = target;
    this.view = new DataView(target.buffer, target.byteOffset, target.length);
    this.#request = request;
    this.#nodes = nodes;
    this.#dirty = dirty;
  }

  /** Copies the request up to `position`, rewriting the lengths on the way. */
  writeUpTo(position: number): void {
    while (this.#next < this.#dirty.length) {
      const at = (this.#dirty[this.#next] ?? 0) * NODE_STRIDE;
      const length = this.#nodes[at + NODE_LENGTH] ?? 0;
      if (length > position) break;
      this.#next += 1;
      appendBytes(this, this.#request, this.from, length);
      this.#writeLength(at);
    }
    appendBytes(this, this.#request, this.from, position);
    this.from = position;
  }

  #writeLength(at: number): void {
    const nodes = this.#nodes;
    if (nodes[at + NODE_STATE] === VIRTUAL) this.bytes[this.used++] = VIRTUAL_TAG;
    const start = nodes[at + NODE_START] ?? 0;
    const size = (nodes[at + NODE_END] ?? 0) - start + (nodes[at + NODE_DELTA] ?? 0);
    this.used = writeVarint(this.bytes, this.used, size);
    this.from = start;
  }
}

/** A message in a dropped one is dropped too; parents come first in the table. */
function inheritRemovals({ nodes }: BatchIndex): void {
  const { ints } = nodes;
  for (let node = ROOT + 1; node < nodes.count; node++) {
    const at = node * NODE_STRIDE;
    const parent = (ints[at + NODE_PARENT] ?? 0) * NODE_STRIDE;
    ints[at + NODE_STATE] =
      (ints[at + NODE_STATE] ?? 0) | ((ints[parent + NODE_STATE] ?? 0) & REMOVED);
  }
}

function addDelta({ nodes }: BatchIndex, { table }: Edits, edit: number): void {
  const at = edit * EDIT_STRIDE;
  const { ints } = table;
  const inserted = (ints[at + EDIT_END] ?? 0) - (ints[at + EDIT_START] ?? 0);
  const delta = (ints[at + EDIT_NODE] ?? 0) * NODE_STRIDE + NODE_DELTA;
  nodes.ints[delta] = (nodes.ints[delta] ?? 0) + inserted - (ints[at + EDIT_REMOVED] ?? 0);
}

function clearDeltas({ nodes }: BatchIndex): void {
  for (let node = 0; node < nodes.count; node++) nodes.ints[node * NODE_STRIDE + NODE_DELTA] = 0;
}
