import type { Signal } from '../component/signal.ts';
import { actionTables, ENTER, PACKED_FIXED64, PACKED_VARINT, TAGS } from './actions.ts';
import { spanIdBytes, traceIdBytes } from './check-item.ts';
import { messageType } from './fields.ts';
import { itemFields } from './item-fields.ts';
import { PlainAttribute } from './plain-attribute.ts';
import type { ItemLimits } from './trim.ts';
import { FIXED32, FIXED64, LENGTH_DELIMITED, maxDepth, maxVarintBytes, VARINT } from './wire.ts';

/** What a quick count says of a request that it cannot vouch for. */
export const UNDECIDED = -1;

/** Where a message's codes start in a table. */
function codesOf(type: number): number {
  return type * TAGS;
}

const REQUEST = codesOf(messageType('Request'));
const ITEM = codesOf(messageType('Item'));
const FIRST_POINT = codesOf(messageType('NumberPoint'));

/** Codes of fields: passed over, checked, or from `ENTER` on messages. The packed ones are as in the action tables. */
const PASS = 0;
const TRACE_ID = 1;
const SPAN_ID = 2;
const REQUIRED_TRACE_ID = 3;
const REQUIRED_SPAN_ID = 4;
const ENTER_ATTRIBUTE = ENTER + messageType('KeyValue');

/** Lengths of more bytes, which are over 256 MiB, are left to the walk. */
const maxLengthBytes = 4;

const noLimits: ItemLimits = {
  attributes: Infinity,
  events: Infinity,
  links: Infinity,
  valueBytes: Infinity,
};

/** How the requests of a signal are checked. */
interface Rules {
  /** By message and tag. */
  readonly codes: Uint8Array;
  /** A bit for the code of each id that an item must have. */
  readonly requiredIds: number;
  /** The messages that count: items, or their data points. */
  readonly firstCounted: number;
  readonly lastCounted: number;
}

/**
 * Checks requests that nobody looks into: all that the walk checks, at a third of its cost, because it keeps no index. It
 * vouches only for requests written as encoders write them, in which every item is good. The walk decides on the rest, so
 * that what is refused, and with which words, is its business alone.
 */
export class QuickCounter {
  /** Attributes, events and links that an item may have in all, and the bytes of each; above it the walk decides. */
  readonly #maxChildren: number;
  readonly #maxChildBytes: number;
  readonly #plain = new PlainAttribute();
  #rules = rulesOf.traces;
  #weight = 0;
  /** The present message: where its codes start, and where it ends. */
  #message = REQUEST;
  #end = 0;
  /** The same of the messages around it. */
  readonly #messages = new Int32Array(maxDepth);
  readonly #ends = new Int32Array(maxDepth);
  #depth = 0;
  /** Bits of the required ids that the present item has not shown yet. */
  #missing = 0;
  #children = 0;

  constructor(limits?: ItemLimits) {
    const { attributes, events, links, valueBytes } = limits ?? noLimits;
    this.#maxChildren = Math.min(attributes, events, links);
    this.#maxChildBytes = valueBytes;
  }

  /** The weight of the items of a request that the walk would take whole; `UNDECIDED` where only the walk can tell. */
  count(signal: Signal, bytes: Uint8Array): number {
    this.#rules = rulesOf[signal];
    this.#weight = 0;
    this.#message = REQUEST;
    this.#end = bytes.length;
    this.#depth = 0;
    let pos = 0;
    while (pos >= 0) {
      if (pos < this.#end) pos = this.#field(bytes, pos);
      else if (this.#depth === 0) return this.#weight;
      else if (!this.#leave()) return UNDECIDED;
    }
    return UNDECIDED;
  }

  /** Checks the field at `pos`; returns where the next one is, which for a message is its own first, or `UNDECIDED`. */
  #field(bytes: Uint8Array, pos: number): number {
    const tag = bytes[pos] ?? 0;
    if (tag < 8) return UNDECIDED;
    if (tag > 127) return passLongTag(bytes, pos, this.#end);
    if ((tag & 7) !== LENGTH_DELIMITED) return passNumber(bytes, pos + 1, this.#end, tag & 7);
    let start = pos + 2;
    let length = bytes[pos + 1] ?? 0;
    if (length > 127) {
      start = endOfLength(bytes, pos + 1);
      if (start < 0) return UNDECIDED;
      length = readLength(bytes, pos + 1, start);
    }
    const stop = start + length;
    if (stop > this.#end) return UNDECIDED;
    const code = this.#rules.codes[this.#message + tag] ?? PASS;
    if (code >= ENTER) return this.#enter(bytes, code, start, stop);
    return code === PASS || this.#isGood(bytes, code, start, stop) ? stop : UNDECIDED;
  }

  #enter(bytes: Uint8Array, code: number, start: number, stop: number): number {
    if (this.#depth >= maxDepth) return UNDECIDED;
    if (this.#message === ITEM && !this.#mayHave(stop - start)) return UNDECIDED;
    if (code === ENTER_ATTRIBUTE && this.#plain.read(bytes, start, stop)) {
      // Its value is a message too, one level below it.
      return this.#depth + 1 < maxDepth ? stop : UNDECIDED;
    }
    const { requiredIds, firstCounted, lastCounted } = this.#rules;
    const message = codesOf(code - ENTER);
    this.#messages[this.#depth] = this.#message;
    this.#ends[this.#depth] = this.#end;
    this.#depth += 1;
    this.#message = message;
    this.#end = stop;
    if (message === ITEM) {
      this.#missing = requiredIds;
      this.#children = 0;
    }
    if (message >= firstCounted && message <= lastCounted) this.#weight += 1;
    return start;
  }

  #mayHave(childBytes: number): boolean {
    this.#children += 1;
    return this.#children <= this.#maxChildren && childBytes <= this.#maxChildBytes;
  }

  /** Goes back to the message around the present one; false where that was an item without its ids. */
  #leave(): boolean {
    if (this.#message === ITEM && this.#missing !== 0) return false;
    this.#depth -= 1;
    this.#message = this.#messages[this.#depth] ?? 0;
    this.#end = this.#ends[this.#depth] ?? 0;
    return true;
  }

  #isGood(bytes: Uint8Array, code: number, start: number, stop: number): boolean {
    const length = stop - start;
    switch (code) {
      case TRACE_ID:
        return length === traceIdBytes || length === 0;
      case SPAN_ID:
        return length === spanIdBytes || length === 0;
      case REQUIRED_TRACE_ID:
      case REQUIRED_SPAN_ID:
        this.#missing &= ~(1 << code);
        return length === idBytes[code] && !isZero(bytes, start, stop);
      case PACKED_FIXED64:
        return length % 8 === 0;
      default:
        return areVarints(bytes, start, stop);
    }
  }
}

/** Where a number of the wire type ends that starts at `pos`; `UNDECIDED` for broken ones and for groups. */
function passNumber(bytes: Uint8Array, pos: number, end: number, wireType: number): number {
  if (wireType === VARINT) return endOfVarint(bytes, pos, end);
  const stop = wireType === FIXED64 ? pos + 8 : wireType === FIXED32 ? pos + 4 : Infinity;
  return stop > end ? UNDECIDED : stop;
}

/** A number with a tag of two bytes, such as the flags that spans have had since 2023; no other known field has one. */
function passLongTag(bytes: Uint8Array, pos: number, end: number): number {
  const wireType = (bytes[pos] ?? 0) & 7;
  const high = bytes[pos + 1] ?? 0;
  if (wireType === LENGTH_DELIMITED || high === 0 || high > 127) return UNDECIDED;
  return passNumber(bytes, pos + 2, end, wireType);
}

function endOfVarint(bytes: Uint8Array, start: number, end: number): number {
  const limit = Math.min(end, start + maxVarintBytes);
  let pos = start;
  while (pos < limit && (bytes[pos] ?? 0) > 127) pos++;
  return pos < limit ? pos + 1 : UNDECIDED;
}

function areVarints(bytes: Uint8Array, start: number, stop: number): boolean {
  let pos = start;
  while (pos >= 0 && pos < stop) pos = endOfVarint(bytes, pos, stop);
  return pos === stop;
}

function endOfLength(bytes: Uint8Array, start: number): number {
  return endOfVarint(bytes, start, start + maxLengthBytes);
}

function readLength(bytes: Uint8Array, start: number, end: number): number {
  let length = 0;
  for (let pos = end - 1; pos >= start; pos--) length = (length << 7) | ((bytes[pos] ?? 0) & 127);
  return length;
}

function isZero(bytes: Uint8Array, start: number, stop: number): boolean {
  for (let pos = start; pos < stop; pos++) if (bytes[pos] !== 0) return false;
  return true;
}

const idBytes: Readonly<Record<number, number>> = {
  [REQUIRED_TRACE_ID]: traceIdBytes,
  [REQUIRED_SPAN_ID]: spanIdBytes,
};

function createRules(signal: Signal): Rules {
  const codes = actionTables[signal].map((action) =>
    action >= ENTER || action === PACKED_FIXED64 || action === PACKED_VARINT ? action : PASS,
  );
  const { traceId, spanId, parentSpanId } = itemFields[signal];
  const areRequired = signal === 'traces';
  const check = (field: number, code: number): void => {
    if (field !== 0) codes[ITEM + field * 8 + LENGTH_DELIMITED] = code;
  };
  check(traceId, areRequired ? REQUIRED_TRACE_ID : TRACE_ID);
  check(spanId, areRequired ? REQUIRED_SPAN_ID : SPAN_ID);
  check(parentSpanId, SPAN_ID);
  return {
    codes,
    requiredIds: areRequired ? (1 << REQUIRED_TRACE_ID) | (1 << REQUIRED_SPAN_ID) : 0,
    firstCounted: signal === 'metrics' ? FIRST_POINT : ITEM,
    lastCounted: signal === 'metrics' ? Infinity : ITEM,
  };
}

const rulesOf: Readonly<Record<Signal, Rules>> = {
  traces: createRules('traces'),
  logs: createRules('logs'),
  metrics: createRules('metrics'),
};
