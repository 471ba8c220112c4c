import type { Attribute, Attributes } from '../../../pipeline/batch/batch.ts';
import type { Key, Keys } from '../../../pipeline/batch/key.ts';
import type { Call } from '../call.ts';
import { type CallTexts, textFields } from '../call-texts.ts';
import {
  type CanonicalKey,
  countKeys,
  finishReasonsName,
  isCanonicalName,
  textKeys,
} from '../canonical-keys.ts';
import { looseNumber, toFlag, toTexts } from '../loose.ts';
import { toCost } from '../usage-object.ts';
import { fill, toCount, toQuantity, type Usage } from '../usage.ts';

/** Which keys hold which field, the best first: the part of a dialect that is only spelling. */
export interface FieldKeys {
  readonly texts?: Partial<Record<keyof CallTexts, readonly string[]>>;
  readonly counts?: Partial<Record<Exclude<keyof Usage, 'audioSeconds'>, readonly string[]>>;
  readonly finishReasons?: readonly string[];
  readonly tags?: readonly string[];
  /** USD. */
  readonly cost?: readonly string[];
  readonly stream?: readonly string[];
  /** Seconds and milliseconds to the first chunk. */
  readonly firstChunkSeconds?: readonly string[];
  readonly firstChunkMs?: readonly string[];
}

/** Reads the fields of a call from attributes. */
export interface FieldReader {
  /** Keys that are read into canonical ones of another name. */
  readonly originals: readonly Key[];
  /** Fills what a call does not have yet. */
  readonly read: (attributes: Attributes, call: Call) => void;
}

/** One field of a call with the keys that may hold it, the best first. */
interface Target {
  readonly kind: 'text' | 'count' | 'finishReasons' | keyof typeof others;
  /** Of a text: its place in `textFields`. */
  readonly place: number;
  /** Of a count. */
  readonly count: keyof Usage;
  /** Where the field is written, if it is a text or a count. */
  readonly canonical: Key | undefined;
  readonly keys: Key[];
}

/** Where a key stands among those of its target. */
interface Slot {
  readonly target: number;
  readonly rank: number;
}

/** Rank of a target that no attribute of the span is for. */
const none = 0x7fffffff;

/**
 * Interns the keys of tables, of which earlier ones come first, and returns their reader. It visits the attributes that a
 * span has instead of looking up every key that some emitter may write: there are five times as many of these.
 * @throws Error where one key is to fill two fields.
 */
export function createFieldReader(keys: Keys, tables: readonly FieldKeys[]): FieldReader {
  const targets = createTargets(keys, tables);
  const slots = createSlots(targets);
  const best = new Int32Array(targets.length).fill(none);
  const found = new Int32Array(targets.length);
  // The targets that the span has something for.
  const met = new Int32Array(targets.length);
  const place = (attributes: Attributes): number => {
    let count = 0;
    const seen = attributes.keys();
    for (let i = 0; i < seen.count; i++) {
      const slot = slots[seen.ids[i] ?? 0];
      if (slot === undefined) continue;
      const { target, rank } = slot;
      const before = best[target] ?? none;
      if (rank >= before) continue;
      if (before === none) met[count++] = target;
      best[target] = rank;
      found[target] = seen.indexes[i] ?? 0;
    }
    return count;
  };
  const originals = targets
    .flatMap((target) => target.keys)
    .filter(({ name }) => !isCanonicalName(name) && !generalNames.test(name));
  const read = (attributes: Attributes, call: Call): void => {
    const count = place(attributes);
    for (let i = 0; i < count; i++) {
      const index = met[i] ?? 0;
      const rank = best[index] ?? none;
      best[index] = none;
      const target = targets[index];
      const key = target?.keys[rank];
      if (target === undefined || key === undefined) continue;
      if (fillTarget(target, key, attributes.at(found[index] ?? -1), call)) continue;
      fillFrom(target, rank + 1, attributes, call);
    }
  };
  return { originals, read };
}

/** Names that are OTel's for all spans, whoever made them. */
const generalNames = /^(session|user|enduser|error)\./;

/** Slots by key id. */
function createSlots(targets: readonly Target[]): (Slot | undefined)[] {
  const slots: (Slot | undefined)[] = [];
  for (const [target, { keys: candidates }] of targets.entries()) {
    for (const [rank, { id, name }] of candidates.entries()) {
      if (slots[id] !== undefined) throw new Error(`${name} is to fill two fields`);
      slots[id] = { target, rank };
    }
  }
  // Without holes it is several times faster to read.
  return Array.from(slots);
}

/** Takes the best key that is there and says something, from a rank on. */
function fillFrom(target: Target, rank: number, attributes: Attributes, call: Call): void {
  for (let at = rank; at < target.keys.length; at++) {
    const key = target.keys[at];
    const attribute = key === undefined ? undefined : attributes.find(key);
    if (key !== undefined && attribute !== undefined && fillTarget(target, key, attribute, call)) {
      return;
    }
  }
}

function createTargets(keys: Keys, tables: readonly FieldKeys[]): Target[] {
  const byField = new Map<string, Target>();
  const texts = textKeys(keys);
  const counts: Readonly<Partial<Record<string, CanonicalKey>>> = countKeys(keys);
  const add = (target: Omit<Target, 'keys'>, names: readonly string[] = []): void => {
    const field = `${target.kind} ${target.place} ${target.count}`;
    const known = byField.get(field) ?? { ...target, keys: [] };
    byField.set(field, known);
    for (const name of names) {
      const key = keys.key(name);
      if (!known.keys.includes(key)) known.keys.push(key);
    }
  };
  const nothing = { place: -1, count: 'input', canonical: undefined } as const;
  for (const table of tables) {
    for (const [place, field] of textFields.entries()) {
      const canonical = texts[field].key;
      add({ ...nothing, kind: 'text', place, canonical }, table.texts?.[field]);
    }
    // Object.entries of a typed record gives exactly its keys.
    for (const [field, names] of Object.entries(table.counts ?? {})) {
      const count = field as keyof Usage;
      add({ ...nothing, kind: 'count', count, canonical: counts[field]?.key }, names);
    }
    add({ ...nothing, kind: 'finishReasons' }, table.finishReasons);
    for (const field of Object.keys(others)) {
      const kind = field as keyof typeof others;
      add({ ...nothing, kind }, table[kind]);
    }
  }
  return [...byField.values()].filter((target) => target.keys.length > 0);
}

/** Reads one attribute into one field; false where it says nothing. */
function fillTarget(target: Target, key: Key, attribute: Attribute, call: Call): boolean {
  switch (target.kind) {
    case 'text':
      return fillText(target, key, attribute, call);
    case 'count':
      return fillCount(target, key, attribute, call);
    case 'finishReasons':
      return fillFinishReasons(attribute, call, key);
    case 'tags':
    case 'cost':
    case 'stream':
    case 'firstChunkSeconds':
    case 'firstChunkMs':
      return others[target.kind](attribute, call);
  }
}

function fillText(
  { place, canonical }: Target,
  key: Key,
  attribute: Attribute,
  { texts }: Call,
): boolean {
  return texts.has(place) || texts.read(place, attribute, key === canonical);
}

function fillCount(
  target: Target,
  key: Key,
  attribute: Attribute,
  { usage, standing }: Call,
): boolean {
  const isInt = attribute.kind === 'int';
  const count = toCount(isInt ? attribute.number() : looseNumber(attribute));
  fill(usage, target.count, count);
  const isCanonical = key === target.canonical;
  if (isInt && isCanonical) fill(standing.counts, target.count, count);
  standing.hasBadCount ||= count === undefined && isCanonical;
  return count !== undefined;
}

/** Fields that are neither texts nor counts, and how an attribute is read into each. */
const others = {
  tags: (attribute, call) => (call.tags ??= toTexts(attribute)) !== undefined,
  cost: (attribute, call) => (call.providedCost ??= toCost(looseNumber(attribute))) !== undefined,
  stream: (attribute, call) => (call.stream ??= toFlag(attribute)) !== undefined,
  firstChunkSeconds: (attribute, call) =>
    (call.timeToFirstChunk ??= toQuantity(looseNumber(attribute))) !== undefined,
  firstChunkMs: (attribute, call) =>
    (call.timeToFirstChunk ??= inSeconds(toQuantity(looseNumber(attribute)))) !== undefined,
} satisfies Record<string, (attribute: Attribute, call: Call) => boolean>;

function fillFinishReasons(attribute: Attribute, call: Call, key: Key): boolean {
  if (call.finishReasons !== undefined) return true;
  const reasons = attribute.strings();
  if (reasons === undefined || reasons.length === 0 || reasons.includes('')) {
    call.finishReasons = toTexts(attribute);
  } else {
    call.finishReasons = reasons;
    if (key.name === finishReasonsName) call.standing.finishReasons = reasons;
  }
  return call.finishReasons !== undefined;
}

function inSeconds(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : ms / 1000;
}
