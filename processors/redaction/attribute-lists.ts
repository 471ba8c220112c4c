import type { Attribute, Item, SpanEvent } from '../../pipeline/batch/batch.ts';

/** Attributes that an item has, or shares with others. */
interface OwnedAttributes {
  readonly owner: 'item' | 'resource' | 'scope';
  readonly attributes: Iterable<Attribute>;
  /** The event that has them; undefined elsewhere. */
  readonly event?: SpanEvent;
}

/** All attributes that belong to an item: its own, and those of what it stands in and of what stands in it. */
export function* attributeListsOf(item: Item): Generator<OwnedAttributes> {
  yield { owner: 'resource', attributes: item.resource };
  yield { owner: 'scope', attributes: item.scope.attributes };
  yield { owner: 'item', attributes: item.attributes };
  for (const event of item.events) yield { owner: 'item', attributes: event.attributes, event };
  for (const { attributes } of item.links) yield { owner: 'item', attributes };
  yield { owner: 'item', attributes: item.pointAttributes };
}
