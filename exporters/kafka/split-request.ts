import {
  FieldScanner,
  LENGTH_DELIMITED,
  varintSize,
  writeVarint,
} from '../../pipeline/batch/wire.ts';

/** A part of an export request that is one itself. */
export interface RequestPart<Key> {
  readonly key: Key;
  readonly bytes: Uint8Array;
  /** Spans, log records or metrics. */
  readonly items: number;
}

/** How to split. */
export interface SplitOptions<Key> {
  /** A part gets no larger, but for one that holds a single item. */
  readonly maxBytes: number;
  /** The key of an item, by the ranges of its message and of its resource group; one part has one key, the very same. */
  readonly keyOf: (item: Range, resource: Envelope) => Key;
}

/** Bytes of a message field: `start` to `end` without tag and length, `tagPos` to `end` with them. */
export interface Range {
  readonly tagPos: number;
  readonly start: number;
  readonly end: number;
}

/** A ResourceSpans or ScopeSpans (or those of logs and metrics, which have the same field numbers). */
export interface Envelope {
  /** All but its children: resource or scope, schema URL, and whatever is unknown here. */
  readonly head: readonly Uint8Array[];
  readonly headBytes: number;
  readonly children: readonly Range[];
}

/** Of an export request. */
const RESOURCE_GROUPS = 1;
/** Of a resource group and of a scope group. */
const CHILDREN = 2;

/** Tag of a field below 16 and a length of up to five bytes. */
const maxPrefixBytes = 6;

/**
 * Splits an export request by key and by size. Items keep their bytes, their order within a key, and their resource and
 * scope with everything in them.
 * @throws WireError where the bytes are no export request.
 */
export function splitRequest<Key>(
  bytes: Uint8Array,
  { maxBytes, keyOf }: SplitOptions<Key>,
): RequestPart<Key>[] {
  const parts: RequestPart<Key>[] = [];
  const open = new Map<Key, PartBuilder>();
  for (const place of placesIn(bytes)) {
    const key = keyOf(place.item, place.resource);
    let builder = open.get(key);
    if (builder !== undefined && !builder.fits(place, maxBytes)) {
      parts.push({ key, ...builder.finish() });
      builder = undefined;
    }
    builder ??= new PartBuilder(bytes);
    open.set(key, builder);
    builder.add(place);
  }
  for (const [key, builder] of open) parts.push({ key, ...builder.finish() });
  return parts;
}

/** Every item with what it stands in, in order. */
function* placesIn(bytes: Uint8Array): Generator<Place> {
  const request = readEnvelope(bytes, { start: 0, end: bytes.length }, RESOURCE_GROUPS);
  for (const group of request.children) {
    const resource = readEnvelope(bytes, group, CHILDREN);
    for (const child of resource.children) {
      const scope = readEnvelope(bytes, child, CHILDREN);
      for (const item of scope.children) yield { resource, scope, item };
    }
  }
}

/** Reads a message whose children stand in field `childField`. */
function readEnvelope(
  bytes: Uint8Array,
  { start, end }: Pick<Range, 'start' | 'end'>,
  childField: number,
): Envelope {
  const head: Uint8Array[] = [];
  const children: Range[] = [];
  let headBytes = 0;
  const scanner = new FieldScanner(bytes).enter(bytes, start, end);
  while (scanner.next()) {
    const { tagPos, stop } = scanner;
    if (scanner.field === childField && scanner.wireType === LENGTH_DELIMITED) {
      children.push({ tagPos, start: scanner.start, end: stop });
      continue;
    }
    head.push(bytes.subarray(tagPos, stop));
    headBytes += stop - tagPos;
  }
  return { head, headBytes, children };
}

interface Place {
  readonly resource: Envelope;
  readonly scope: Envelope;
  readonly item: Range;
}

interface ScopePart {
  readonly of: Envelope;
  readonly items: Range[];
  bytes: number;
}

interface ResourcePart {
  readonly of: Envelope;
  readonly scopes: ScopePart[];
}

/** Gathers items of one key into a request. */
class PartBuilder {
  readonly #source: Uint8Array;
  readonly #resources: ResourcePart[] = [];
  /** At most what it comes to: prefixes are taken as their longest. */
  #size = 0;
  #items = 0;

  constructor(source: Uint8Array) {
    this.#source = source;
  }

  fits(place: Place, maxBytes: number): boolean {
    return this.#size + this.#added(place) <= maxBytes;
  }

  add(place: Place): void {
    const { resource, scope, item } = place;
    this.#size += this.#added(place);
    this.#items += 1;
    let group = this.#resources.at(-1);
    if (group?.of !== resource) this.#resources.push((group = { of: resource, scopes: [] }));
    let part = group.scopes.at(-1);
    if (part?.of !== scope) {
      group.scopes.push((part = { of: scope, items: [], bytes: scope.headBytes }));
    }
    part.items.push(item);
    part.bytes += item.end - item.tagPos;
  }

  finish(): Pick<RequestPart<unknown>, 'bytes' | 'items'> {
    const bytes = Buffer.allocUnsafeSlow(this.#size);
    let at = 0;
    for (const { of: resource, scopes } of this.#resources) {
      let size = resource.headBytes;
      for (const scope of scopes) size += 1 + varintSize(scope.bytes) + scope.bytes;
      at = writePrefix(bytes, at, RESOURCE_GROUPS, size);
      at = copyAll(bytes, at, resource.head);
      for (const scope of scopes) at = this.#writeScope(bytes, at, scope);
    }
    return { bytes: bytes.subarray(0, at), items: this.#items };
  }

  #writeScope(
    bytes: Uint8Array,
    start: number,
    { of: scope, items, bytes: size }: ScopePart,
  ): number {
    let at = writePrefix(bytes, start, CHILDREN, size);
    at = copyAll(bytes, at, scope.head);
    for (const { tagPos, end } of items) {
      bytes.set(this.#source.subarray(tagPos, end), at);
      at += end - tagPos;
    }
    return at;
  }

  #added({ resource, scope, item }: Place): number {
    const group = this.#resources.at(-1);
    const isNewGroup = group?.of !== resource;
    const isNewScope = isNewGroup || group.scopes.at(-1)?.of !== scope;
    return (
      (isNewGroup ? maxPrefixBytes + resource.headBytes : 0) +
      (isNewScope ? maxPrefixBytes + scope.headBytes : 0) +
      (item.end - item.tagPos)
    );
  }
}

function writePrefix(bytes: Uint8Array, at: number, field: number, size: number): number {
  bytes[at] = (field << 3) | LENGTH_DELIMITED;
  return writeVarint(bytes, at + 1, size);
}

function copyAll(bytes: Uint8Array, start: number, chunks: readonly Uint8Array[]): number {
  let at = start;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.byteLength;
  }
  return at;
}
