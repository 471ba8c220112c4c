import type { Attributes, Batch, Item } from '../../pipeline/batch/batch.ts';
import type { Key } from '../../pipeline/batch/key.ts';
import type { Signal } from '../../pipeline/component/signal.ts';
import type { Plain } from '../support/otlp-oracle.ts';
import { isValidItem } from './check-request.ts';
import {
  groupsOf,
  type PlainItem,
  type PlainKeyValue,
  type PlainOwner,
  type PlainValue,
  prune,
} from './model.ts';
import type { Random } from './random.ts';

interface Edited {
  readonly signal: Signal;
  readonly batch: Batch;
  /** The same request, decoded; edited in place. */
  readonly request: Plain;
  readonly keys: readonly [Key, ...Key[]];
}

const strings = ['', 'x', 'replaced', 'ümlaut 🙂', 'long '.repeat(40)] as const;

/** Makes the same random edits through the batch and on the decoded request, refused items taken out included. */
export function editAtRandom(random: Random, { signal, batch, request, keys }: Edited): void {
  const emptied = new WeakSet();
  const created = new WeakSet();
  const items: { item: PlainItem; resource: () => PlainOwner; scope: () => PlainOwner }[] = [];
  for (const group of groupsOf(signal, request)) {
    const resource = (): PlainOwner =>
      (group.resource ??= createOwner(created, { entityRefs: [] }));
    for (const scopeGroup of group.scopes) {
      const scope = (): PlainOwner => (scopeGroup.scope ??= createOwner(created, {}));
      const before = scopeGroup.items.length;
      scopeGroup.items = scopeGroup.items.filter((item) => isValidItem(signal, item));
      for (const item of scopeGroup.items) items.push({ item, resource, scope });
      if (scopeGroup.items.length < before) emptied.add(scopeGroup).add(group);
    }
  }
  let next = 0;
  const dropped = new Set<PlainItem>();
  for (const item of batch) {
    const plain = items[next++];
    if (plain === undefined) throw new Error('more items than protobufjs sees');
    editItem(random, { item, plain: plain.item, signal, keys });
    if (random.chance(0.3))
      editAttributes(random, item.resource, keys, () => plain.resource().attributes);
    if (random.chance(0.3)) {
      editAttributes(random, item.scope.attributes, keys, () => plain.scope().attributes);
    }
    if (random.chance(0.2)) {
      item.drop('filtered');
      dropped.add(plain.item);
    }
  }
  for (const group of groupsOf(signal, request)) {
    for (const scope of group.scopes) {
      const kept = scope.items.filter((item) => !dropped.has(item));
      if (kept.length < scope.items.length) emptied.add(scope).add(group);
      scope.items = kept;
    }
  }
  for (const group of groupsOf(signal, request)) {
    if (created.has(group.resource ?? group) && group.resource?.attributes.length === 0) {
      delete group.resource;
    }
    for (const scope of group.scopes) {
      if (created.has(scope.scope ?? scope) && scope.scope?.attributes.length === 0)
        delete scope.scope;
    }
  }
  prune(signal, request, emptied);
}

/** Owners of attributes that are not in the request, which stay away where they end up empty. */
function createOwner(created: WeakSet<object>, lists: Record<string, unknown>): PlainOwner {
  const owner = Object.assign({ attributes: [] }, lists);
  created.add(owner);
  return owner;
}

function editItem(
  random: Random,
  {
    item,
    plain,
    signal,
    keys,
  }: { item: Item; plain: PlainItem; signal: Signal; keys: readonly [Key, ...Key[]] },
): void {
  if (random.chance(0.7)) {
    const list = signal === 'metrics' ? (plain.metadata ??= []) : plain.attributes;
    editAttributes(random, item.attributes, keys, () => list);
  }
  if (signal !== 'traces') return;
  if (random.chance(0.2)) {
    for (let i = random.below(2); i >= 0; i--) {
      const value = random.pick(strings);
      item.setTraceState(value);
      plain.traceState = value;
      if (value === '') delete plain.traceState;
    }
  }
  const events = [...(plain.events ?? [])];
  for (const event of item.events) {
    const plainEvent = events.shift();
    if (plainEvent === undefined) throw new Error('more events than protobufjs sees');
    if (random.chance(0.5))
      editAttributes(random, event.attributes, keys, () => plainEvent.attributes);
  }
  const links = [...(plain.links ?? [])];
  for (const link of item.links) {
    const plainLink = links.shift();
    if (plainLink === undefined) throw new Error('more links than protobufjs sees');
    if (random.chance(0.5))
      editAttributes(random, link.attributes, keys, () => plainLink.attributes);
  }
}

function editAttributes(
  random: Random,
  attributes: Attributes,
  keys: readonly [Key, ...Key[]],
  list: () => PlainKeyValue[],
): void {
  for (let i = random.below(4); i >= 0; i--) {
    const key = random.pick(keys);
    if (random.chance(0.2)) {
      const isThere = attributes.has(key);
      attributes.delete(key);
      // Without creating the list's owner where there is nothing to delete.
      if (isThere) removeAll(list(), key);
      continue;
    }
    const value = setAtRandom(random, attributes, key);
    const plain = list();
    const existing = plain.find((attribute) => (attribute.key ?? '') === key.name);
    if (existing === undefined)
      plain.push({ ...(key.name === '' ? {} : { key: key.name }), value });
    else existing.value = value;
  }
}

function removeAll(list: PlainKeyValue[], key: Key): void {
  for (let i = list.length - 1; i >= 0; i--) {
    if ((list[i]?.key ?? '') === key.name) list.splice(i, 1);
  }
}

function setAtRandom(random: Random, attributes: Attributes, key: Key): PlainValue {
  const text = random.pick(strings);
  switch (random.below(5)) {
    case 0:
      attributes.setString(key, text);
      return { stringValue: text };
    case 1: {
      const value = random.pick([0, 1, 300, -1, 2 ** 40, -(2 ** 53) + 1]);
      attributes.setInt(key, random.chance(0.5) ? value : BigInt(value));
      return { intValue: String(value) };
    }
    case 2:
      attributes.setDouble(key, 0.125);
      return { doubleValue: 0.125 };
    case 3:
      attributes.setBoolean(key, true);
      return { boolValue: true };
    default:
      attributes.setStrings(key, [text, 'b']);
      return { arrayValue: { values: [{ stringValue: text }, { stringValue: 'b' }] } };
  }
}
