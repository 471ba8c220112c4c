import type { Attributes, Batch, Item } from '../../pipeline/batch/batch.ts';
import type { Key, Keys } from '../../pipeline/batch/key.ts';
import { isContentEvent } from './content-keys.ts';
import type { Override } from './overrides.ts';
import type { Policy } from './policy.ts';

/**
 * What is learnt of the items before their texts are gathered: an item's ordinal there is its place in the order of
 * those that are still in.
 */
export interface Scouted {
  /** Trace ids in hex, where an action needs them. */
  readonly traceIds: readonly string[];
  /** For each item the overrides whose conditions hold, as bits by their index. */
  readonly fitting: readonly number[];
  /** Items whose body or name is content that is to be left out. */
  readonly contentItems: ReadonlySet<number>;
  /** Attributes that were taken away by their keys. */
  readonly removed: readonly Removed[];
}

/** An attribute that was taken away. */
interface Removed {
  readonly owner: 'item' | 'resource' | 'scope';
  readonly item: number;
  readonly key: string;
}

/** More overrides are not told apart. */
const maxOverrides = 31;

/** Makes the scout of one processor; its keys are interned once. */
export function createScout(policy: Policy, keys: Keys): (batch: Batch) => Scouted {
  const toConditions = (entries: Override['resource']): Conditions =>
    entries.map(([key, value]) => [keys.key(key), value] as const);
  const asked = policy.overrides.slice(0, maxOverrides).map(({ resource, attributes }) => ({
    resource: toConditions(resource),
    attributes: toConditions(attributes),
  }));
  const hasConditions = asked.some(
    ({ resource, attributes }) => resource.length + attributes.length > 0,
  );
  const isIdle = !policy.removesKeys && !policy.needsTraces && !hasConditions;
  return (batch) => {
    const scouted = {
      traceIds: new Array<string>(),
      fitting: new Array<number>(),
      contentItems: new Set<number>(),
      removed: new Array<Removed>(),
    };
    if (isIdle) return scouted;
    let ordinal = 0;
    for (const item of batch) {
      if (policy.needsTraces) scouted.traceIds.push(item.traceId.hex());
      if (hasConditions) scouted.fitting.push(fittingBits(item, asked));
      if (policy.dropsContent && isContentItem(batch, item)) scouted.contentItems.add(ordinal);
      if (policy.removesKeys && !policy.isAudit) removeKeys(item, ordinal, policy, scouted.removed);
      ordinal++;
    }
    return scouted;
  };
}

type Conditions = readonly (readonly [key: Key, value: string])[];

function fittingBits(
  item: Item,
  asked: readonly { readonly resource: Conditions; readonly attributes: Conditions }[],
): number {
  let bits = 0;
  for (const [index, { resource, attributes }] of asked.entries()) {
    if (hold(resource, item.resource) && hold(attributes, item.attributes)) bits |= 1 << index;
  }
  return bits;
}

function hold(conditions: Conditions, attributes: Attributes): boolean {
  return conditions.every(
    ([key, value]) => (attributes.string(key) ?? attributes.integer(key)?.toString()) === value,
  );
}

function isContentItem(batch: Batch, item: Item): boolean {
  return batch.signal === 'logs' && isContentEvent(item.name);
}

function removeKeys(item: Item, ordinal: number, policy: Policy, removed: Removed[]): void {
  const sweep = (attributes: Attributes, owner: Removed['owner'], isContent = false): void => {
    for (const attribute of attributes) {
      const { name } = attribute;
      const isLost = isContent && !name.startsWith('gen_ai.');
      if (!isLost && policy.verdictOf(name) !== 'remove') continue;
      attribute.delete();
      removed.push({ owner, item: ordinal, key: name });
    }
  };
  sweep(item.resource, 'resource');
  sweep(item.scope.attributes, 'scope');
  sweep(item.attributes, 'item');
  for (const event of item.events) {
    sweep(event.attributes, 'item', policy.dropsContent && isContentEvent(event.name));
  }
  for (const link of item.links) sweep(link.attributes, 'item');
}
