import type { Attribute, Attributes } from '../../pipeline/batch/batch.ts';
import type { Key } from '../../pipeline/batch/key.ts';
import { TextMemory } from './text-memory.ts';
import { type JsonObject, parseJson, toObject } from './usage-object.ts';

/** Reads what the JSON in an attribute says; undefined where it says nothing. */
export type ReadJson<Meaning> = (attributes: Attributes) => Meaning | undefined;

/** Creates a reader of JSON objects that are often the same from span to span: they are parsed once. */
export function createObjectReader<Meaning>(
  key: Key,
  toMeaning: (object: JsonObject) => Meaning | undefined,
): ReadJson<Meaning> {
  return createMemoryReader(key, (attribute) => {
    const object = toObject(parseJson(attribute.string()));
    return object === undefined ? undefined : toMeaning(object);
  });
}

/** Creates a reader of an attribute whose text is often the same from span to span: it is understood once. */
export function createMemoryReader<Meaning>(
  key: Key,
  understand: (attribute: Attribute) => Meaning | undefined,
): ReadJson<Meaning> {
  const only = new Int32Array(1);
  const list = { count: 1, attributes: only, orders: new Int32Array(1) };
  const memory = new TextMemory((attributes) => understand(attributes.at(only[0] ?? -1)));
  return (attributes) => {
    const attribute = attributes.find(key);
    if (attribute === undefined) return undefined;
    only[0] = attribute.index;
    return memory.recall(attributes, list);
  };
}
