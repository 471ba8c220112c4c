import type { Attributes } from '../../../pipeline/batch/batch.ts';
import type { Key, Keys } from '../../../pipeline/batch/key.ts';
import type { Call, CallTexts } from '../call.ts';
import { readCount, readFlag, readQuantity, readText, readTexts } from '../loose.ts';
import { toCost } from '../usage-object.ts';
import type { Usage } from '../usage.ts';

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

/** Fills what a call does not have yet from attributes. */
export type FieldReader = (attributes: Attributes, call: Call) => void;

/** Reads one key into one field; false where the attribute says nothing. */
type Fill = (attributes: Attributes, key: Key, call: Call) => boolean;

/** One field with the keys that may hold it, the best first. */
interface Target {
  readonly fill: Fill;
  readonly keys: Key[];
}

/** Where a key stands among those of its target. */
interface Slot {
  readonly target: number;
  readonly rank: number;
}

/**
 * Interns the keys of tables, of which earlier ones come first, and returns their reader. It visits the attributes that a
 * span has instead of looking up every key that some emitter may write: there are five times as many of these.
 * @throws Error where one key is to fill two fields.
 */
export function createFieldReader(keys: Keys, tables: readonly FieldKeys[]): FieldReader {
  const targets = createTargets(keys, tables);
  const slots = new Map<string, Slot>();
  for (const [target, { keys: candidates }] of targets.entries()) {
    for (const [rank, { name }] of candidates.entries()) {
      if (slots.has(name)) throw new Error(`${name} is to fill two fields`);
      slots.set(name, { target, rank });
    }
  }
  const none = Number.MAX_SAFE_INTEGER;
  const best = targets.map(() => none);
  return (attributes, call) => {
    for (const { name } of attributes) {
      const slot = slots.get(name);
      if (slot === undefined) continue;
      if (slot.rank < (best[slot.target] ?? none)) best[slot.target] = slot.rank;
    }
    for (let index = 0; index < best.length; index++) {
      const rank = best[index] ?? none;
      if (rank === none) continue;
      best[index] = none;
      fillFrom(targets[index], rank, attributes, call);
    }
  };
}

/** Takes the best key that is there, and the next ones where that one says nothing. */
function fillFrom(
  target: Target | undefined,
  rank: number,
  attributes: Attributes,
  call: Call,
): void {
  if (target === undefined) return;
  for (let at = rank; at < target.keys.length; at++) {
    const key = target.keys[at];
    if (key !== undefined && target.fill(attributes, key, call)) return;
  }
}

function createTargets(keys: Keys, tables: readonly FieldKeys[]): Target[] {
  const byField = new Map<string, Target>();
  const add = (field: string, names: readonly string[] | undefined, fill: Fill): void => {
    let target = byField.get(field);
    if (target === undefined) byField.set(field, (target = { fill, keys: [] }));
    for (const name of names ?? []) {
      const key = keys.key(name);
      if (!target.keys.includes(key)) target.keys.push(key);
    }
  };
  for (const table of tables) {
    // Object.entries of a typed record gives exactly its keys.
    for (const [field, names] of Object.entries(table.texts ?? {})) {
      add(`text ${field}`, names, fillText(field as keyof CallTexts));
    }
    for (const [field, names] of Object.entries(table.counts ?? {})) {
      add(`count ${field}`, names, fillCount(field as keyof Usage));
    }
    for (const [field, fill] of Object.entries(others)) {
      add(field, table[field as keyof typeof others], fill);
    }
  }
  return [...byField.values()].filter((target) => target.keys.length > 0);
}

function fillText(field: keyof CallTexts): Fill {
  return (attributes, key, call) => (call[field] ??= readText(attributes, key)) !== undefined;
}

function fillCount(field: keyof Usage): Fill {
  return (attributes, key, { usage }) =>
    (usage[field] ??= readCount(attributes, key)) !== undefined;
}

const others = {
  finishReasons: (attributes, key, call) =>
    (call.finishReasons ??= readTexts(attributes, key)) !== undefined,
  tags: (attributes, key, call) => (call.tags ??= readTexts(attributes, key)) !== undefined,
  cost: (attributes, key, call) =>
    (call.providedCost ??= toCost(readQuantity(attributes, key))) !== undefined,
  stream: (attributes, key, call) => (call.stream ??= readFlag(attributes, key)) !== undefined,
  firstChunkSeconds: (attributes, key, call) =>
    (call.timeToFirstChunk ??= readQuantity(attributes, key)) !== undefined,
  firstChunkMs: (attributes, key, call) =>
    (call.timeToFirstChunk ??= inSeconds(readQuantity(attributes, key))) !== undefined,
} satisfies Record<string, Fill>;

function inSeconds(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : ms / 1000;
}
