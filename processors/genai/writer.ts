import type { Attributes, Item } from '../../pipeline/batch/batch.ts';
import type { Keys } from '../../pipeline/batch/key.ts';
import type { Call } from './call.ts';
import { sharedTexts, textFields } from './call-texts.ts';
import {
  canonicalKey,
  type CanonicalKey,
  countKeys,
  extraKeys,
  textKeys,
} from './canonical-keys.ts';
import { readCount } from './loose.ts';
import { createSharedWriter } from './shared-writer.ts';
import type { Convention } from './usage.ts';
import {
  withdraw,
  writeDouble,
  writeInt,
  writeText,
  writeTexts,
  writeTrue,
} from './write-value.ts';

/** Writes a canonical call beside the emitter's attributes. */
export type WriteCall = (
  span: Item,
  call: Call,
  dialect: string,
  convention: Convention | undefined,
) => void;

/** Creates the writer of a worker. */
export function createCallWriter(keys: Keys): WriteCall {
  const writeShared = createSharedWriter(keys);
  const fillTexts = createTextWriter(keys);
  const fillCounts = createCountWriter(keys);
  const firstChunk = canonicalKey(keys, 'gen_ai.response.time_to_first_chunk');
  const tags = canonicalKey(keys, 'genai.tags');
  const stream = canonicalKey(keys, 'gen_ai.request.stream');
  return ({ attributes }, call, dialect, convention) => {
    writeShared(attributes, call, dialect, convention);
    fillTexts(attributes, call);
    fillCounts(attributes, call);
    if (call.tags !== undefined) writeTexts(attributes, tags, call.tags);
    if (call.timeToFirstChunk !== undefined) {
      writeDouble(attributes, firstChunk, call.timeToFirstChunk);
    }
    if (call.stream === true) writeTrue(attributes, stream);
  };
}

/** Bits of the texts that neighbours do not share. */
const unshared = -1 << sharedTexts;

type WriteFields = (attributes: Attributes, call: Call) => void;

/** The texts that neighbours do not share. Those that an attribute has as they are need not be decoded and encoded again. */
function createTextWriter(keys: Keys): WriteFields {
  const named = textKeys(keys);
  const places = textFields.map((field) => named[field]);
  return (attributes, { texts }) => {
    // The lowest bit is taken off until none is left.
    for (let rest = texts.unwritten & unshared; rest !== 0; rest &= rest - 1) {
      const place = 31 - Math.clz32(rest & -rest);
      const at = places[place];
      if (at === undefined) continue;
      const attribute = texts.attributeOf(place);
      if (attribute < 0 || attributes.has(at.key))
        writeText(attributes, at, texts.get(place) ?? '');
      else attributes.copy(at.key, attribute);
    }
  };
}

function createCountWriter(keys: Keys): WriteFields {
  const at = countKeys(keys);
  const extra = extraKeys(keys);
  const common = Object.values(at);
  const withdrawBad = (attributes: Attributes): void => {
    for (const key of common) {
      const kind = attributes.kind(key.key);
      if (kind !== undefined && readCount(attributes, key.key) === undefined) {
        withdraw(attributes, key);
      }
    }
  };
  return (attributes, { usage, standing: { counts, hasBadCount } }) => {
    if (hasBadCount) withdrawBad(attributes);
    fillCount(attributes, at.input, usage.input, counts.input);
    fillCount(attributes, at.output, usage.output, counts.output);
    fillCount(attributes, at.cacheRead, usage.cacheRead, counts.cacheRead);
    fillCount(attributes, at.cacheWrite, usage.cacheWrite, counts.cacheWrite);
    fillCount(attributes, at.reasoning, usage.reasoning, counts.reasoning);
    fillExtra(attributes, extra.cacheWrite5m, usage.cacheWrite5m);
    fillExtra(attributes, extra.cacheWrite1h, usage.cacheWrite1h);
    fillExtra(attributes, extra.inputAudio, usage.inputAudio);
    fillExtra(attributes, extra.outputAudio, usage.outputAudio);
    fillExtra(attributes, extra.inputImage, usage.inputImage);
    fillExtra(attributes, extra.outputImage, usage.outputImage);
    fillExtra(attributes, extra.webSearches, usage.webSearches);
    fillExtra(attributes, extra.audioSeconds, usage.audioSeconds);
  };
}

function fillCount(
  attributes: Attributes,
  at: CanonicalKey,
  value: number | undefined,
  standing: number | undefined,
): void {
  if (value !== undefined && value !== standing) writeInt(attributes, at, value);
}

/** Zeros are not written: most calls have none of these, and emitters send zeros. */
function fillExtra(attributes: Attributes, at: CanonicalKey, value: number | undefined): void {
  if (value !== undefined && value > 0) writeInt(attributes, at, Math.round(value));
}
