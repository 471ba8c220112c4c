import { ByteSlots } from '../../pipeline/batch/byte-slots.ts';
import type { Attributes } from '../../pipeline/batch/batch.ts';
import type { Key } from '../../pipeline/batch/key.ts';
import { type JsonObject, parseJson, toObject } from './usage-object.ts';

/** Parameters and metadata are short; what is longer is not remembered. */
const maxRemembered = 4096;

/** Reads what the JSON object in an attribute says; undefined where there is none. */
export type ReadObject<Meaning> = (attributes: Attributes) => Meaning | undefined;

/**
 * Creates a reader of JSON objects that are often the same from span to span: what the last one meant is found again by its
 * bytes, without being decoded.
 */
export function createObjectReader<Meaning>(
  key: Key,
  toMeaning: (object: JsonObject) => Meaning | undefined,
): ReadObject<Meaning> {
  const last = new ByteSlots(1, maxRemembered);
  let meaning: Meaning | undefined;
  const isLast = (_bytes: Uint8Array, start: number, end: number, view: DataView): boolean =>
    last.has(0, view, start, end - start);
  const remember = (text: string): void => {
    const bytes = new Uint8Array(Buffer.from(text));
    if (bytes.length <= maxRemembered) last.keep(0, new DataView(bytes.buffer), 0, bytes.length);
    else last.forget(0);
  };
  return (attributes) => {
    if (attributes.test(key, isLast)) return meaning;
    const text = attributes.string(key);
    if (text === undefined) return undefined;
    const object = toObject(parseJson(text));
    meaning = object === undefined ? undefined : toMeaning(object);
    remember(text);
    return meaning;
  };
}
