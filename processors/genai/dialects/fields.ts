import { type AttributeKeys, indexAt } from '../../../pipeline/batch/attribute-keys.ts';
import type { Attribute, Attributes } from '../../../pipeline/batch/batch.ts';
import type { Key, Keys } from '../../../pipeline/batch/key.ts';
import { ShapeCache } from '../../../pipeline/batch/shape-cache.ts';
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

/** A key of a target, and where it stands among its keys. */
interface Slot {
  readonly target: Target;
  readonly key: Key;
  readonly rank: number;
}

/** A field that a span has something for: its best key, and where that stands among the span's keys. */
interface Step extends Slot {
  readonly place: number;
}

/**
 * Interns the keys of tables, of which earlier ones come first, and returns their reader. It visits the attributes that a
 * span has instead of looking up every key that some emitter may write: there are five times as many of these.
 * @throws Error where one key is to fill two fields.
 */
export function createFieldReader(keys: Keys, tables: readonly FieldKeys[]): FieldReader {
  const targets = createTargets(keys, tables);
  const planOf = createPlans(createSlots(targets));
  const originals = targets
    .flatMap((target) => target.keys)
    .filter(({ name }) => !isCanonicalName(name) && !generalNames.test(name));
  const read = (attributes: Attributes, call: Call): void => {
    const seen = attributes.keys();
    for (const { target, key, rank, place } of planOf(seen)) {
      if (fillTarget(target, key, attributes.at(indexAt(seen, place)), call)) continue;
      fillFrom(target, rank + 1, attributes, call);
    }
  };
  return { originals, read };
}

/** Returns a function that says what to read from a span; it is worked out once for all spans of one shape. */
function createPlans(
  slots: readonly (Slot | undefined)[],
): (seen: AttributeKeys) => readonly Step[] {
  const plans = new ShapeCache<readonly Step[]>();
  return (seen) => {
    let plan = plans.get(seen.shape);
    if (plan === undefined) plans.set(seen.shape, (plan = createPlan(slots, seen)));
    return plan;
  };
}

/** The best key that is there for each field, in the order in which the span has the fields. */
function createPlan(
  slots: readonly (Slot | undefined)[],
  { ids, count }: AttributeKeys,
): readonly Step[] {
  const best = new Map<Target, Step>();
  for (let place = 0; place < count; place++) {
    const slot = slots[ids[place] ?? 0];
    if (slot === undefined) continue;
    const before = best.get(slot.target);
    if (before !== undefined && slot.rank >= before.rank) continue;
    const { target, key, rank } = slot;
    best.set(target, { target, key, rank, place });
  }
  return [...best.values()];
}

/** Names that are OTel's for all spans, whoever made them. */
const generalNames = /^(session|user|enduser|error)\./;

/** Slots by key id. */
function createSlots(targets: readonly Target[]): (Slot | undefined)[] {
  const slots: (Slot | undefined)[] = [];
  for (const target of targets) {
    for (const [rank, key] of target.keys.entries()) {
      if (slots[key.id] !== undefined) throw new Error(`${key.name} is to fill two fields`);
      slots[key.id] = { target, key, rank };
    }
  }
  return slots;
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
  const add = (given: Partial<Target> & Pick<Target, 'kind'>, names: readonly string[] = []) => {
    // Written out: objects that are spread together in several ways are of several kinds to the engine.
    const { kind, place = -1, count = 'input', canonical } = given;
    const field = `${kind} ${place} ${count}`;
    const known = byField.get(field) ?? { kind, place, count, canonical, keys: [] };
    byField.set(field, known);
    for (const name of names) {
      const key = keys.key(name);
      if (!known.keys.includes(key)) known.keys.push(key);
    }
  };
  for (const table of tables) {
    for (const [place, field] of textFields.entries()) {
      const canonical = texts[field].key;
      add({ kind: 'text', place, canonical }, table.texts?.[field]);
    }
    // Object.entries of a typed record gives exactly its keys.
    for (const [field, names] of Object.entries(table.counts ?? {})) {
      const count = field as keyof Usage;
      add({ kind: 'count', count, canonical: counts[field]?.key }, names);
    }
    add({ kind: 'finishReasons' }, table.finishReasons);
    for (const field of Object.keys(others)) {
      const kind = field as keyof typeof others;
      add({ kind }, table[kind]);
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
  const count = toCount(attribute.number() ?? attribute.string());
  const isCanonical = key === target.canonical;
  standing.hasBadCount ||= count === undefined && isCanonical;
  if (count === undefined) return false;
  fill(usage, target.count, count);
  if (isCanonical && attribute.kind === 'int') fill(standing.counts, target.count, count);
  return true;
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

/** The only reason of the call before, and a list of it, which serves call after call. */
let onlyReason: string[] = [];

function fillFinishReasons(attribute: Attribute, call: Call, key: Key): boolean {
  if (call.finishReasons !== undefined) return true;
  let reasons = attribute.strings();
  if (reasons?.length === 1) {
    if (reasons[0] === onlyReason[0]) reasons = onlyReason;
    else onlyReason = reasons;
  }
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
