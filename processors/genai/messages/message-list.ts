import { Field, type IndexedList } from './indexed-names.ts';

/** A list that is longer than this in other than its own order is left to `unflatten`, which sorts. */
const maxUnordered = 256;

/** Numbers above these do not fit an order; such lists are left to `unflatten`, too. */
const maxMessages = 4095;
const maxParts = 1023;

/**
 * The attributes of one indexed list, told by ints: an order, which is message, then field, then part, and where the
 * attribute is. Reused span after span.
 */
export class MessageList {
  readonly name: IndexedList;
  /** By entry: message, group of fields, part, field, in descending significance. */
  orders = new Int32Array(64);
  attributes = new Int32Array(64);
  count = 0;
  /** Whether it holds something that only `unflatten` understands. */
  isOdd = false;
  #isOrdered = true;

  constructor(name: IndexedList) {
    this.name = name;
  }

  clear(): void {
    this.count = 0;
    this.isOdd = false;
    this.#isOrdered = true;
  }

  /** Adds an attribute of message `message`, of its part or tool call `part`. */
  add(attribute: number, field: number, message: number, part: number): void {
    if (field === Field.other || message > maxMessages || part > maxParts) this.isOdd = true;
    if (this.count === this.orders.length) this.#grow();
    const order = orderOf(message, field, part);
    if (this.count > 0 && order < (this.orders[this.count - 1] ?? 0)) this.#isOrdered = false;
    this.orders[this.count] = order;
    this.attributes[this.count] = attribute;
    this.count++;
  }

  /** Brings the entries into their order, the first of equals first; marks a list that is too long for that as odd. */
  sort(): void {
    if (this.#isOrdered || this.isOdd) return;
    if (this.count > maxUnordered) {
      this.isOdd = true;
      return;
    }
    const { orders, attributes } = this;
    for (let i = 1; i < this.count; i++) {
      const order = orders[i] ?? 0;
      const attribute = attributes[i] ?? 0;
      let at = i;
      for (; at > 0 && (orders[at - 1] ?? 0) > order; at--) {
        orders[at] = orders[at - 1] ?? 0;
        attributes[at] = attributes[at - 1] ?? 0;
      }
      orders[at] = order;
      attributes[at] = attribute;
    }
    this.#isOrdered = true;
  }

  #grow(): void {
    const orders = new Int32Array(this.count * 2);
    const attributes = new Int32Array(this.count * 2);
    orders.set(this.orders);
    attributes.set(this.attributes);
    this.orders = orders;
    this.attributes = attributes;
  }
}

const FIELD_BITS = 4;
const PART_BITS = 10;
const GROUP_BITS = 2;
const MESSAGE_SHIFT = FIELD_BITS + PART_BITS + GROUP_BITS;

function orderOf(message: number, field: number, part: number): number {
  const group = field >> FIELD_BITS;
  return (((((message << GROUP_BITS) | group) << PART_BITS) | part) << FIELD_BITS) | (field & 15);
}

/** The message of an order. */
export function messageOf(order: number): number {
  return order >> MESSAGE_SHIFT;
}

/** Message, group and part of an order: the same for all fields of one part. */
export function partOf(order: number): number {
  return order >> FIELD_BITS;
}

/** The field of an order, as in `Field`. */
export function fieldOf(order: number): number {
  const group = (order >> (FIELD_BITS + PART_BITS)) & ((1 << GROUP_BITS) - 1);
  return (group << FIELD_BITS) | (order & 15);
}
