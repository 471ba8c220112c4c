import assert from 'node:assert/strict';

import { createBatchReader } from '../../pipeline/batch/batch-reader.ts';
import type { Attributes, Batch, Id, Item } from '../../pipeline/batch/batch.ts';
import { createKeys } from '../../pipeline/batch/create-keys.ts';
import { QuickCounter, UNDECIDED } from '../../pipeline/batch/quick-count.ts';
import { WireError } from '../../pipeline/batch/wire-error.ts';
import type { Signal } from '../../pipeline/component/signal.ts';
import { decodeRequest, type Plain } from '../support/otlp-oracle.ts';
import { editAtRandom } from './edit-at-random.ts';
import {
  groupsOf,
  isValidItem,
  type PlainItem,
  type PlainKeyValue,
  type PlainOwner,
  textsOf,
  toValue,
} from './model.ts';
import { createRandom } from './random.ts';

/** The keys and the reader that all checks share. */
export const keys = createKeys();
export const reader = createBatchReader(keys);
const quick = new QuickCounter();

/** Keys that generated requests use, asked for before anything is walked, as components do. */
const knownKeys = ['gen_ai.request.model', 'service.name', 'a', '', 'weir.test'].map((name) =>
  keys.key(name),
) as [ReturnType<typeof keys.key>, ...ReturnType<typeof keys.key>[]];

/** What came of a request: refused by both, or accepted and compared. */
export type Verdict = 'refused' | 'stricter' | 'accepted';

/** Where the reader refuses on purpose what protobufjs takes. */
const stricter = /nest too deep|varint is over-long|before 2022/;

/**
 * Checks one request against protobufjs: the same acceptance or a WireError, the same data, the same result of random
 * edits, and no text left behind when all texts are replaced.
 * @throws AssertionError or whatever else went wrong
 */
export function checkRequest(signal: Signal, bytes: Uint8Array, seed: number): Verdict {
  const expected = tryDecode(signal, bytes);
  const counted = quick.count(signal, bytes);
  let batch: Batch;
  try {
    batch = reader.open(signal, bytes);
  } catch (error) {
    assert.ok(error instanceof WireError, String(error));
    assert.equal(counted, UNDECIDED, 'counted what the walk refuses');
    if (expected === undefined) return 'refused';
    assert.match(error.message, stricter);
    return 'stricter';
  }
  assert.ok(expected !== undefined, 'accepted what protobufjs refuses');
  if (counted !== UNDECIDED) {
    assert.equal(counted, batch.items);
    assert.equal(batch.rejected.items, 0);
  }
  assert.equal(batch.rejected.items, checkItems(signal, batch, expected));
  checkEdits(signal, bytes, seed);
  checkTexts(signal, bytes);
  return 'accepted';
}

function tryDecode(signal: Signal, bytes: Uint8Array): Plain | undefined {
  try {
    return decodeRequest(signal, bytes);
  } catch {
    return undefined;
  }
}

/** Compares everything that can be read with what protobufjs read; returns how many items must have been refused. */
export function checkItems(signal: Signal, batch: Batch, request: Plain): number {
  const all = groupsOf(signal, request).flatMap(({ resource, scopes }) =>
    scopes.flatMap(({ scope, items }) => items.map((item) => ({ resource, scope, item }))),
  );
  const expected = all.filter(({ item }) => isValidItem(signal, item));
  let count = 0;
  for (const item of batch) {
    const plain = expected[count++];
    assert.ok(plain !== undefined, 'more items than protobufjs sees');
    checkAttributes(item.resource, plain.resource?.attributes ?? []);
    checkScope(item, plain.scope);
    if (signal === 'traces') checkSpan(item, plain.item);
    else if (signal === 'logs') checkLog(item, plain.item);
    else checkMetric(item, plain.item);
  }
  assert.equal(count, expected.length);
  return all.length - expected.length;
}

function checkScope(item: Item, scope: PlainOwner | undefined): void {
  assert.equal(item.scope.name, scope?.name ?? '');
  assert.equal(item.scope.version, scope?.version ?? '');
  checkAttributes(item.scope.attributes, scope?.attributes ?? []);
}

function checkAttributes(attributes: Attributes, plain: readonly PlainKeyValue[]): void {
  const read = Array.from(attributes, (attribute) => [attribute.name, attribute.value()]);
  assert.deepEqual(
    read,
    plain.map(({ key, value }) => [key ?? '', toValue(value)]),
  );
  for (const key of knownKeys) {
    const found = plain.find((attribute) => (attribute.key ?? '') === key.name);
    const value = toValue(found?.value);
    assert.equal(attributes.has(key), found !== undefined);
    assert.deepEqual(attributes.value(key), value);
    assert.equal(attributes.string(key), typeof value === 'string' ? value : undefined);
    assert.equal(attributes.integer(key), typeof value === 'bigint' ? value : undefined);
    const isNumber = typeof value === 'bigint' || typeof value === 'number';
    assert.equal(attributes.number(key), isNumber ? Number(value) : undefined);
    assert.equal(attributes.boolean(key), typeof value === 'boolean' ? value : undefined);
  }
}

function checkId(id: Id, plain: Buffer | undefined): void {
  assert.equal(id.hex(), plain?.toString('hex') ?? '');
  assert.equal(id.size, plain?.length ?? 0);
  assert.equal(id.isEmpty, plain?.every((byte) => byte === 0) ?? true);
  assert.equal(id.byte(id.size - 1), plain?.at(-1) ?? 0);
}

function checkSpan(item: Item, plain: PlainItem): void {
  checkAttributes(item.attributes, plain.attributes);
  checkId(item.traceId, plain.traceId);
  checkId(item.spanId, plain.spanId);
  checkId(item.parentSpanId, plain.parentSpanId);
  assert.equal(item.name, plain.name ?? '');
  assert.equal(item.traceState, plain.traceState ?? '');
  assert.equal(item.spanKind, plain.kind ?? 0);
  assert.equal(item.statusCode, plain.status?.code ?? 0);
  assert.equal(item.statusMessage, plain.status?.message ?? '');
  checkTimes(item, plain);
  checkEvents(item, plain);
  checkLinks(item, plain);
}

function checkTimes(item: Item, plain: PlainItem): void {
  const start = BigInt(plain.startTimeUnixNano ?? 0);
  const end = BigInt(plain.endTimeUnixNano ?? 0);
  assert.equal(item.startTimeUnixNano, start);
  assert.equal(item.endTimeUnixNano, end);
  const durationMs = start === 0n || end < start ? 0 : Number(end - start) / 1e6;
  assert.ok(Math.abs(item.durationMs - durationMs) <= durationMs * 1e-9);
}

function checkEvents(item: Item, { events = [] }: PlainItem): void {
  let count = 0;
  for (const event of item.events) {
    const plain = events[count++];
    assert.equal(event.name, plain?.name ?? '');
    assert.equal(event.timeUnixNano, BigInt(plain?.timeUnixNano ?? 0));
    checkAttributes(event.attributes, plain?.attributes ?? []);
  }
  assert.equal(count, events.length);
}

function checkLinks(item: Item, { links = [] }: PlainItem): void {
  let count = 0;
  for (const link of item.links) {
    const plain = links[count++];
    checkId(link.traceId, plain?.traceId);
    checkId(link.spanId, plain?.spanId);
    checkAttributes(link.attributes, plain?.attributes ?? []);
  }
  assert.equal(count, links.length);
}

function checkLog(item: Item, plain: PlainItem): void {
  checkAttributes(item.attributes, plain.attributes);
  checkId(item.traceId, plain.traceId);
  checkId(item.spanId, plain.spanId);
  assert.equal(item.name, plain.eventName ?? '');
  assert.equal(item.severityNumber, plain.severityNumber ?? 0);
  assert.equal(item.severityText, plain.severityText ?? '');
  const time = BigInt(plain.timeUnixNano ?? 0);
  const observed = BigInt(plain.observedTimeUnixNano ?? 0);
  assert.equal(item.startTimeUnixNano, time === 0n ? observed : time);
  assert.deepEqual(item.body, toValue(plain.body));
}

function checkMetric(item: Item, plain: PlainItem): void {
  checkAttributes(item.attributes, plain.metadata ?? []);
  assert.equal(item.name, plain.name ?? '');
}

/** Unedited bytes come back as they are; random edits are the same edits on decoded data. */
function checkEdits(signal: Signal, bytes: Uint8Array, seed: number): void {
  const batch = reader.open(signal, bytes);
  if (batch.rejected.items === 0) assert.equal(batch.encode(), bytes);
  const request = decodeRequest(signal, bytes);
  editAtRandom(createRandom(seed), { signal, batch, request, keys: knownKeys });
  const encoded = batch.encode();
  assert.deepEqual(decodeRequest(signal, encoded), request);
  assert.deepEqual(batch.encode(), encoded, 'encodes the same twice');
  batch.texts();
  checkItems(signal, batch, decodeRequest(signal, encoded));
  if (encoded.length > 0) assert.deepEqual(batch.encode(), encoded, 'survives being re-based');
}

/** With all texts replaced there is none left, however the request was written. */
function checkTexts(signal: Signal, bytes: Uint8Array): void {
  const batch = reader.open(signal, bytes);
  const texts = batch.texts();
  let end = -1;
  for (const text of texts) {
    assert.equal(texts.start(text.index), end + 1);
    end = texts.end(text.index);
    assert.equal(texts.buffer[end], 0);
    assert.equal(texts.at(end - 1), text.index);
    assert.ok(text.value !== '');
    text.replace('~');
  }
  assert.equal(texts.size, Math.max(end, 0));
  const replaced = decodeRequest(signal, batch.encode());
  for (const text of textsOf(signal, replaced)) assert.equal(text.value, '~');
}
