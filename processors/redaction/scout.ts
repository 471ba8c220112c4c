import type { Attribute, Attributes, Batch, Item, Value } from '../../pipeline/batch/batch.ts';
import type { Key, Keys } from '../../pipeline/batch/key.ts';
import { toJson } from '../../pipeline/batch/value-json.ts';
import { attributeListsOf } from './attribute-lists.ts';
import { isContentEvent, isEventContent } from './content-keys.ts';
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
  const editsValues = !policy.isAudit && (policy.removesKeys || policy.blocksKeys);
  // What names an event of a log record besides its own field: SDKs before that field write it.
  const eventName = keys.key('event.name');
  const isContentItem = (batch: Batch, item: Item): boolean =>
    batch.signal === 'logs' &&
    (isContentEvent(item.name) || isContentEvent(item.attributes.string(eventName) ?? ''));
  const isIdle = !editsValues && !policy.dropsContent && !policy.needsTraces && !hasConditions;
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
      if (policy.dropsContent && isContentItem(batch, item)) {
        scouted.contentItems.add(ordinal);
        if (!policy.isAudit) flattenBody(item);
      }
      if (editsValues) editValues(item, ordinal, policy, scouted.removed);
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
  return conditions.every(([key, value]) => textIn(attributes, key) === value);
}

/** The value as it is written in YAML; undefined for lists and maps, and where there is none. */
function textIn(attributes: Attributes, key: Key): string | undefined {
  const value = attributes.string(key) ?? attributes.integer(key) ?? attributes.boolean(key);
  return (value ?? attributes.number(key))?.toString();
}

/**
 * What is replaced as a whole becomes one text first, so that nothing of it stays that is none: keys of maps, numbers,
 * booleans.
 */
function flatten(attribute: Attribute): void {
  const { kind } = attribute;
  if (kind === 'boolean' || kind === 'array' || kind === 'kvlist' || kind === 'bytes') {
    attribute.setString(textOf(attribute.value()));
  }
}

function flattenBody(item: Item): void {
  const { body } = item;
  if (typeof body !== 'string' && body !== undefined) item.setBody(textOf(body));
}

function textOf(value: Value): string {
  return value instanceof Uint8Array
    ? Buffer.from(value).toString()
    : JSON.stringify(toJson(value));
}

/** Takes away what is to be removed by its key, and makes texts of what is to be replaced by it. */
function editValues(item: Item, ordinal: number, policy: Policy, removed: Removed[]): void {
  for (const { owner, attributes, event } of attributeListsOf(item)) {
    const eventName = policy.dropsContent ? event?.name : undefined;
    for (const attribute of attributes) {
      const { name } = attribute;
      const isLost = eventName !== undefined && isEventContent(eventName, name);
      const verdict = isLost ? 'remove' : policy.verdictOf(name, attribute.kind);
      if (verdict === 'block') flatten(attribute);
      if (verdict !== 'remove') continue;
      attribute.delete();
      removed.push({ owner, item: ordinal, key: name });
    }
  }
}
