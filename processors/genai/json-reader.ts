import type { Attributes } from '../../pipeline/batch/batch.ts';
import type { Key } from '../../pipeline/batch/key.ts';
import { type JsonObject, parseJson, toObject } from './usage-object.ts';

/** Parameters and metadata are short; what is longer is not remembered. */
const maxRemembered = 4096;

const WORD = 4;

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
  let known = new DataView(new ArrayBuffer(0));
  let size = -1;
  let meaning: Meaning | undefined;
  const isKnown = (_bytes: Uint8Array, start: number, end: number, view: DataView): boolean => {
    if (end - start !== size) return false;
    for (let i = 0; i < size - WORD; i += WORD) {
      if (view.getInt32(start + i, true) !== known.getInt32(i, true)) return false;
    }
    return view.getInt32(end - WORD, true) === known.getInt32(size - WORD, true);
  };
  const remember = (text: string): void => {
    const bytes = new Uint8Array(Buffer.from(text));
    const isSmall = bytes.length >= WORD && bytes.length <= maxRemembered;
    known = new DataView(isSmall ? bytes.buffer : new ArrayBuffer(0));
    size = isSmall ? bytes.length : -1;
  };
  return (attributes) => {
    if (attributes.test(key, isKnown)) return meaning;
    const text = attributes.string(key);
    if (text === undefined) return undefined;
    const object = toObject(parseJson(text));
    meaning = object === undefined ? undefined : toMeaning(object);
    remember(text);
    return meaning;
  };
}
