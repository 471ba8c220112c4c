import type { Texts } from '../../pipeline/batch/batch.ts';
import { isBlocked } from './actions.ts';
import { settleHits } from './allowed-hits.ts';
import type { FallbackReason } from './candidate.ts';
import type { Hit } from './hits.ts';
import type { OwnSearch } from './own-patterns.ts';
import type { PayloadKind } from './payload.ts';
import type { Policy } from './policy.ts';
import type { Scanner } from './scanner.ts';

/** Why a text could not be scanned. */
type FailReason = 'error' | 'budget' | 'size';

/** What is to be done to the texts of a batch, by their index. */
export interface Plan {
  /** Hits of a text, ascending and apart. */
  readonly hits: Map<number, Hit[]>;
  /** Texts that are replaced as a whole. */
  readonly failed: Map<number, FailReason>;
  /** Texts of attributes that `ignored_keys` name. */
  readonly ignored: Set<number>;
  /** Texts with a value that is let be because the user allows it. */
  readonly allowed: Set<number>;
  /** Payloads that were passed over. */
  readonly skipped: Readonly<Record<PayloadKind | 'binary', number>>;
  /** Why the texts were scanned without the kernel; undefined where they were not. */
  readonly fallback: FallbackReason | undefined;
}

/** What a plan is made by. */
export interface PlanRules {
  readonly policy: Policy;
  readonly scan: Scanner;
  readonly maxTextBytes: number;
}

/** Items whose bodies are to be left out, by ordinal. */
type ContentItems = ReadonlySet<number>;

/** Scans all texts of a batch and applies the user's own rules. */
export function planOf(texts: Texts, rules: PlanRules, contentItems: ContentItems): Plan {
  const result = rules.scan({
    bytes: texts.buffer,
    size: texts.size,
    keyAt: createKeyAt(texts),
  });
  const plan: Plan = {
    hits: new Map(),
    failed: new Map(),
    ignored: new Set(),
    allowed: new Set(),
    skipped: {
      media: result.skipped.media,
      vector: result.skipped.vector + texts.skippedVectors,
      binary: texts.skippedBinaries,
    },
    fallback: result.fallback,
  };
  const own = rules.policy.ownPatterns.search();
  for (const hit of result.hits) {
    const index = texts.at(hit.start);
    if (!own.note(hit.entity, index)) addHit(plan, index, hit);
  }
  const reason = result.isLate ? 'budget' : 'error';
  for (const offset of result.failures) plan.failed.set(texts.at(offset), reason);
  const judged = asksEveryText(texts, rules) ? allOf(texts) : own.noted();
  for (const index of judged) judgeText(texts, index, { ...rules, own }, plan);
  for (const index of contentTexts(texts, contentItems)) leaveOut(texts, index, plan);
  for (const [index, hits] of plan.hits) {
    const within = hitsWithin(hits, texts.end(index));
    const { kept, letsBe } = settleHits(texts.buffer, within, rules.policy);
    if (letsBe) plan.allowed.add(index);
    if (kept.length === 0) plan.hits.delete(index);
    else plan.hits.set(index, kept);
  }
  return plan;
}

/** Keys say what they hold at their end; the rest of a long one would be read again for every candidate beside it. */
const maxContextChars = 256;

/** Tells the key of the attribute at an offset, and of the map in it where that is nearer. */
function createKeyAt(texts: Texts): (offset: number) => string {
  let last = -1;
  let keys = '';
  return (offset) => {
    const index = texts.at(offset);
    if (index !== last) keys = keysOf(texts, index);
    last = index;
    return keys;
  };
}

/** The key of a text's attribute, and of the map in it where that is nearer. */
export function keysOf(texts: Texts, index: number): string {
  const key = texts.text(index).key.slice(-maxContextChars);
  const inner = ownKeyBefore(texts, index)?.slice(-maxContextChars);
  return inner === undefined || inner === key ? key : `${key} ${inner}`;
}

/** The text in front of a text where that is a key of the same attribute; undefined elsewhere. */
export function ownKeyBefore(texts: Texts, index: number): string | undefined {
  // Read first: `text` moves to another with the next call.
  const { attribute } = texts.text(index);
  const before = index === 0 ? undefined : texts.text(index - 1);
  // The key of an attribute without a text may stand in front of the next attribute.
  const isOwn = before?.kind === 'key' && before.attribute === attribute;
  return isOwn ? before.value : undefined;
}

function asksEveryText(texts: Texts, { policy, maxTextBytes }: PlanRules): boolean {
  return (
    policy.hasKeyRules ||
    policy.dropsContent ||
    policy.ownPatterns.asksEveryText ||
    texts.size > maxTextBytes
  );
}

function* allOf(texts: Texts): Generator<number> {
  for (let index = 0; index < texts.count; index++) yield index;
}

function addHit(plan: Plan, index: number, hit: Hit): void {
  const hits = plan.hits.get(index);
  if (hits === undefined) plan.hits.set(index, [hit]);
  else hits.push(hit);
}

/** Applies the user's own rules to one text. */
function judgeText(
  texts: Texts,
  index: number,
  { policy, maxTextBytes, own }: PlanRules & { readonly own: OwnSearch },
  plan: Plan,
): void {
  const text = texts.text(index);
  const start = texts.start(index);
  const end = texts.end(index);
  const isAsked = policy.hasKeyRules && text.key !== '';
  const verdict = isAsked ? policy.verdictOf(text.key, text.kind) : 'scan';
  if (verdict === 'ignore') {
    plan.hits.delete(index);
    plan.failed.delete(index);
    plan.ignored.add(index);
  } else if (end - start > maxTextBytes) plan.failed.set(index, 'size');
  else if (verdict === 'block' && text.kind !== 'key') {
    const isDone = end === start || isBlocked(text.value);
    plan.hits.set(index, isDone ? [] : [{ entity: 'blocked_key', start, end }]);
  } else {
    const found = own.find(index, { bytes: texts.buffer, start, end });
    if (found === undefined) plan.failed.set(index, 'budget');
    else for (const hit of found) addHit(plan, index, hit);
  }
}

function* contentTexts(texts: Texts, items: ContentItems): Generator<number> {
  if (items.size === 0) return;
  for (let index = 0; index < texts.count; index++) {
    const { place, owner, item, kind } = texts.text(index);
    if (place === 'body' && kind !== 'key' && owner === 'item' && items.has(item)) yield index;
  }
}

function leaveOut(texts: Texts, index: number, plan: Plan): void {
  const start = texts.start(index);
  const end = texts.end(index);
  const isDone = end === start || isBlocked(texts.text(index).value);
  plan.failed.delete(index);
  plan.hits.set(index, isDone ? [] : [{ entity: 'content', start, end }]);
}

/** Hits of the text that ends at `end`, none of which reaches beyond it. */
function hitsWithin(hits: readonly Hit[], end: number): Hit[] {
  return hits.map((hit) => (hit.end > end ? { ...hit, end } : hit));
}
