import type { Attributes, Batch, Item } from '../../pipeline/batch/batch.ts';
import type { Key } from '../../pipeline/batch/key.ts';
import type { Signal } from '../../pipeline/component/signal.ts';
import type { Plain } from '../support/otlp-oracle.ts';
import {
  groupsOf,
  isValidItem,
  type PlainItem,
  type PlainKeyValue,
  type PlainOwner,
  type PlainResourceGroup,
  type PlainScopeGroup,
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
  const groups = groupsOf(signal, request);
  const created = new WeakSet();
  const emptied = new WeakSet();
  keepItems(groups, emptied, (item) => isValidItem(signal, item));
  const places = groups.flatMap((group) =>
    group.scopes.flatMap((scope) => scope.items.map((item) => ({ group, scope, item }))),
  );
  const dropped = new Set<PlainItem>();
  for (const item of batch) {
    const place = places.shift();
    if (place === undefined) throw new Error('more items than protobufjs sees');
    editItem(random, { item, plain: place.item, signal, keys });
    editOwners(random, { item, place, created, keys });
    if (random.chance(0.2)) {
      item.drop('filtered');
      dropped.add(place.item);
    }
  }
  keepItems(groups, emptied, (item) => !dropped.has(item));
  removeUnused(groups, created);
  prune(signal, request, emptied);
}

/** Takes items out, and notes the groups that lost some. */
function keepItems(
  groups: readonly PlainResourceGroup[],
  emptied: WeakSet<object>,
  keeps: (item: PlainItem) => boolean,
): void {
  for (const group of groups) {
    for (const scope of group.scopes) {
      const kept = scope.items.filter(keeps);
      if (kept.length < scope.items.length) emptied.add(scope).add(group);
      scope.items = kept;
    }
  }
}

function editOwners(
  random: Random,
  {
    item,
    place: { group, scope },
    created,
    keys,
  }: {
    item: Item;
    place: { group: PlainResourceGroup; scope: PlainScopeGroup };
    created: WeakSet<object>;
    keys: readonly [Key, ...Key[]];
  },
): void {
  const resource = (): PlainOwner => (group.resource ??= createOwner(created, { entityRefs: [] }));
  const owner = (): PlainOwner => (scope.scope ??= createOwner(created, {}));
  if (random.chance(0.3)) {
    editAttributes(random, item.resource, keys, () => resource().attributes);
  }
  if (random.chance(0.3)) {
    editAttributes(random, item.scope.attributes, keys, () => owner().attributes);
  }
}

/** Takes owners out again that were created and ended up empty. */
function removeUnused(groups: readonly PlainResourceGroup[], created: WeakSet<object>): void {
  const isUnused = (owner: PlainOwner | undefined): boolean =>
    owner !== undefined && created.has(owner) && owner.attributes.length === 0;
  for (const group of groups) {
    if (isUnused(group.resource)) delete group.resource;
    for (const scope of group.scopes) if (isUnused(scope.scope)) delete scope.scope;
  }
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
  editParts(random, item.events, plain.events, keys);
  editParts(random, item.links, plain.links, keys);
}

/** Edits attributes of events or links. */
function editParts(
  random: Random,
  parts: Iterable<{ readonly attributes: Attributes }>,
  plain: readonly { attributes: PlainKeyValue[] }[] | undefined,
  keys: readonly [Key, ...Key[]],
): void {
  let count = 0;
  for (const part of parts) {
    const list = plain?.[count++]?.attributes;
    if (list === undefined) throw new Error('more events or links than protobufjs sees');
    if (random.chance(0.5)) editAttributes(random, part.attributes, keys, () => list);
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
