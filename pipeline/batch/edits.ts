import { Arena } from './arena.ts';
import {
  APPEND,
  type BatchIndex,
  IntTable,
  LIST_GROUP,
  LIST_NODE,
  LIST_STRIDE,
  NODE_END,
  NODE_START,
  NODE_STATE,
  NODE_STRIDE,
  REPLACE,
  VIRTUAL,
} from './batch-index.ts';

/** A splice: `removed` bytes of the request from `position` give way to a range of the arena. */
export const EDIT_STRIDE = 8;
export const EDIT_POSITION = 0;
export const EDIT_REMOVED = 1;
export const EDIT_START = 2;
export const EDIT_END = 3;
/** Message that the splice lies in directly. */
export const EDIT_NODE = 4;
/** Order among splices at one position. */
export const EDIT_RANK = 5;

/** Pending edits of one batch. */
export class Edits {
  readonly arena = new Arena();
  readonly table = new IntTable(EDIT_STRIDE, 1024);
  /** True where one of them came through texts: items then no longer show what is in the batch. */
  areTexts = false;
  /** True where a message was dropped, so that edits in it must be left out. */
  hasRemovals = false;

  /** The last edit that `append` made, -1 where there is none. */
  #run = -1;

  get count(): number {
    return this.table.count;
  }

  clear(): void {
    this.arena.clear();
    this.table.clear();
    this.#run = -1;
    this.areTexts = false;
    this.hasRemovals = false;
  }

  /** Adds a splice that inserts what the arena holds from `start` on; returns its index. */
  add(position: number, removed: number, node: number, start: number): number {
    const index = this.table.count;
    const at = this.table.add();
    const { ints } = this.table;
    ints[at + EDIT_POSITION] = position;
    ints[at + EDIT_REMOVED] = removed;
    ints[at + EDIT_START] = start;
    ints[at + EDIT_END] = this.arena.used;
    ints[at + EDIT_NODE] = node;
    ints[at + EDIT_RANK] = removed === 0 ? APPEND : REPLACE;
    return index;
  }

  /**
   * Adds a splice that inserts attributes at the end of a message, as `add`. Where the last splice was such a one, at the
   * same place, it becomes part of that: a component that adds twenty attributes makes one splice.
   */
  append(position: number, node: number, rank: number, start: number): number {
    const { ints } = this.table;
    const last = this.#run * EDIT_STRIDE;
    const joins =
      this.#run === this.table.count - 1 &&
      ints[last + EDIT_NODE] === node &&
      ints[last + EDIT_POSITION] === position &&
      ints[last + EDIT_RANK] === rank &&
      ints[last + EDIT_END] === start;
    if (joins) {
      ints[last + EDIT_END] = this.arena.used;
      return this.#run;
    }
    this.#run = this.add(position, 0, node, start);
    this.table.ints[this.#run * EDIT_STRIDE + EDIT_RANK] = rank;
    return this.#run;
  }

  /**
   * Removes `length` bytes at `position`, as a splice that inserts nothing. Where the last splice ended right there it
   * grows instead: a component that drops twenty neighbours makes one splice.
   */
  remove(position: number, length: number, node: number): number {
    const { ints } = this.table;
    const last = this.table.count - 1;
    const at = last * EDIT_STRIDE;
    const joins =
      last >= 0 &&
      ints[at + EDIT_NODE] === node &&
      ints[at + EDIT_RANK] === REPLACE &&
      ints[at + EDIT_START] === ints[at + EDIT_END] &&
      (ints[at + EDIT_POSITION] ?? 0) + (ints[at + EDIT_REMOVED] ?? 0) === position;
    if (!joins) return this.add(position, length, node, this.arena.used);
    ints[at + EDIT_REMOVED] = (ints[at + EDIT_REMOVED] ?? 0) + length;
    return last;
  }

  /** Lets an edit insert what the arena holds from `start` on instead. */
  revise(edit: number, start: number): void {
    const at = edit * EDIT_STRIDE;
    this.table.ints[at + EDIT_START] = start;
    this.table.ints[at + EDIT_END] = this.arena.used;
  }
}

/** The message that new attributes of a list go to; a missing resource or scope comes to be at the start of its group. */
export function appendNode(index: BatchIndex, list: number): number {
  const at = list * LIST_STRIDE;
  const lists = index.lists.ints;
  const existing = lists[at + LIST_NODE] ?? 0;
  if (existing >= 0) return existing;
  const group = lists[at + LIST_GROUP] ?? 0;
  const start = index.nodes.ints[group * NODE_STRIDE + NODE_START] ?? 0;
  const node = index.addNode(group, start, start, start);
  index.nodes.ints[node * NODE_STRIDE + NODE_END] = start;
  index.nodes.ints[node * NODE_STRIDE + NODE_STATE] = VIRTUAL;
  lists[at + LIST_NODE] = node;
  return node;
}
