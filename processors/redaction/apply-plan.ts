import type { Batch, Item, Text, Texts } from '../../pipeline/batch/batch.ts';
import type { WorkerContext } from '../../pipeline/component/transform.ts';
import type { Action } from './actions.ts';
import { failedText } from './actions.ts';
import { settleHits } from './allowed-hits.ts';
import { attributeListsOf } from './attribute-lists.ts';
import type { Finding } from './entity.ts';
import type { Hit } from './hits.ts';
import { isGate } from './own-patterns.ts';
import type { Plan, PlanRules } from './plan.ts';
import { keysOf, ownKeyBefore } from './plan.ts';
import type { Policy } from './policy.ts';
import type { Rewritten } from './redact-again.ts';
import { redactAgain } from './redact-again.ts';
import type { TextSpan } from './redact-text.ts';
import { spliceText } from './redact-text.ts';
import type { Scouted } from './scout.ts';
import type { Fate, Summary } from './summary.ts';

/** One processor in one worker. */
export interface Redactor extends PlanRules {
  readonly context: WorkerContext;
  /** The key without what is personal in it. */
  readonly cleanKey: (key: string) => string;
}

/** What was found in one batch, and what is known of its items. */
export interface Judged {
  readonly texts: Texts;
  readonly plan: Plan;
  readonly scouted: Scouted;
  readonly summary: Summary;
}

/** What is to be done to items once their texts are replaced. */
export interface Aftermath {
  /** Keys of attributes to take away, by item. */
  readonly drops: Map<number, Set<string>>;
  readonly blocked: Set<number>;
}

/** Replaces what was found and counts it; says what is left to be done once replacing has ended. */
export function applyPlan(judged: Judged, redactor: Redactor): Aftermath {
  const { texts, plan, scouted, summary } = judged;
  const aftermath: Aftermath = { drops: new Map(), blocked: new Set() };
  const applied: Applied = { texts, plan, scouted, summary, aftermath, counted: new Map() };
  for (const [index, reason] of plan.failed) {
    plan.hits.delete(index);
    failText(judged, redactor, index, reason);
  }
  const rewritten: Rewritten[] = [];
  for (const [index, hits] of plan.hits) {
    const span = { bytes: texts.buffer, start: texts.start(index), end: texts.end(index) };
    const text = applyHits(applied, redactor, { index, span, hits });
    if (text !== undefined) rewritten.push(text);
  }
  applyAgain(applied, redactor, rewritten);
  countValues(applied, redactor.context);
  for (const index of plan.allowed) nameIn(judged, redactor, texts.text(index), 'allowed');
  for (const index of plan.ignored) nameIn(judged, redactor, texts.text(index), 'ignored');
  return aftermath;
}

/** Counters cost more than what they count, so that each is told once a batch. */
function countValues({ counted }: Applied, context: WorkerContext): void {
  for (const [entity, byAction] of counted) {
    for (const [action, count] of byAction) {
      context.count('weir_redaction_values_total', { entity, action }, count);
    }
  }
}

/** Replaces what has come to light beside replacements. */
function applyAgain(judged: Applied, redactor: Redactor, rewritten: readonly Rewritten[]): void {
  const { policy, scan } = redactor;
  redactAgain(rewritten, {
    scan,
    replace: ({ index, bytes }, found) => {
      const values = found.filter(({ entity }) => !isGate(entity));
      const { kept: hits, letsBe } = settleHits(bytes, values, policy);
      if (letsBe) judged.plan.allowed.add(index);
      const span = { bytes, start: 0, end: bytes.length };
      return applyHits(judged, redactor, { index, span, hits });
    },
    fail: ({ index }, reason) => {
      failText(judged, redactor, index, reason);
    },
  });
}

function failText(judged: Judged, redactor: Redactor, index: number, reason: string): void {
  const { policy, context } = redactor;
  const text = judged.texts.text(index);
  if (!policy.isAudit) text.replace(failedText);
  nameIn(judged, redactor, text, 'masked');
  context.count('weir_redaction_failed_texts_total', { reason });
}

/** Names the attribute of a text in the summary of its owner. */
function nameIn({ summary }: Judged, { policy, cleanKey }: Redactor, text: Text, fate: Fate): void {
  const { owner, item, key, place } = text;
  if (!policy.isAudit) summary.addKey(owner, item, fate, cleanKey(key === '' ? place : key));
}

type ActedHit = Hit & { readonly action: Action };

/** The action of the first override that fits and says something of the finding, else the processor's. */
export function actionFor(
  finding: Finding,
  text: Text,
  { fitting }: Scouted,
  policy: Policy,
): Action | 'off' {
  // Nothing of what `content: drop` leaves out may come back, nor block what it stood in.
  if (finding === 'content') return 'redact';
  const bits = fitting[text.item] ?? -1;
  for (const [index, override] of policy.overrides.entries()) {
    // What items share is no single item's: conditions on its attributes do not concern it.
    const isThere = override.attributes.length === 0 || text.owner === 'item';
    if (!isThere || (bits & (1 << index)) === 0 || !override.fitsKey(text.key)) continue;
    const action = override.actionOf(finding);
    if (action !== undefined) return action;
  }
  return policy.actionOf(finding);
}

interface Applied extends Judged {
  readonly aftermath: Aftermath;
  /** Values by what was done to them. */
  readonly counted: Map<Finding, Map<Action | 'audit', number>>;
}

/** Hits in a text as it is now; `span` holds it. */
interface Found {
  readonly index: number;
  readonly span: TextSpan;
  readonly hits: readonly Hit[];
}

/** Replaces the hits that an action is for, and counts them; undefined where the text stays as it is. */
function applyHits(judged: Applied, redactor: Redactor, found: Found): Rewritten | undefined {
  const { texts, scouted, summary, counted } = judged;
  const { policy } = redactor;
  const text = texts.text(found.index);
  const { item, owner } = text;
  const hits: ActedHit[] = [];
  for (const { entity, start, end } of found.hits) {
    const action = actionFor(entity, text, scouted, policy);
    if (action === 'off') continue;
    hits.push({ entity, start, end, action });
    count(counted, entity, policy.isAudit ? 'audit' : action);
    summary.addValue(owner, item, entity);
  }
  if (hits.length === 0 || policy.isAudit) return undefined;
  return replaceHits(judged, redactor, found, hits);
}

function count(counted: Applied['counted'], entity: Finding, done: Action | 'audit'): void {
  const byAction = counted.get(entity);
  if (byAction === undefined) counted.set(entity, new Map([[done, 1]]));
  else byAction.set(done, (byAction.get(done) ?? 0) + 1);
}

function replaceHits(
  judged: Applied,
  redactor: Redactor,
  { index, span }: Found,
  hits: readonly ActedHit[],
): Rewritten {
  const { texts, scouted, aftermath } = judged;
  const { policy, cleanKey } = redactor;
  const text = texts.text(index);
  const { item, owner, key } = text;
  const traceId = owner === 'item' ? (scouted.traceIds[item] ?? '') : '';
  const { bytes, places } = spliceText(span, hits, ({ entity, action }, value) =>
    policy.replace(entity, value, action, traceId),
  );
  text.replace(bytes);
  const isDropped = key !== '' && hits.some(({ action }) => action === 'drop');
  if (isDropped) noteDropped(aftermath, item, [key, cleanKey(key)]);
  // What items share is not the one item's: there a value becomes its tag.
  if (owner === 'item' && hits.some(({ action }) => action === 'block')) {
    aftermath.blocked.add(item);
  }
  nameIn(judged, redactor, text, isDropped ? 'redacted' : 'masked');
  return { index, bytes, places, lead: leadOf(texts, index), keys: keysOf(texts, index) };
}

/** The key that stands in front of a value when it is scanned. */
function leadOf(texts: Texts, index: number): string {
  return texts.text(index).kind === 'key' ? '' : (ownKeyBefore(texts, index) ?? '');
}

/** Notes the attribute under its name, and under the one that it has once that is clean. */
function noteDropped({ drops }: Aftermath, item: number, names: readonly string[]): void {
  const known = drops.get(item) ?? new Set<string>();
  drops.set(item, known);
  for (const name of names) known.add(name);
}

/** Takes away the attributes and items that `drop` and `block` ask for. */
export function takeAway(batch: Batch, { drops, blocked }: Aftermath): void {
  if (drops.size === 0 && blocked.size === 0) return;
  for (const item of batch) {
    const keys = drops.get(item.ordinal);
    if (keys !== undefined) deleteKeys(item, keys);
    if (blocked.has(item.ordinal)) item.drop('blocked');
  }
}

function deleteKeys(item: Item, keys: ReadonlySet<string>): void {
  for (const { attributes } of attributeListsOf(item)) {
    for (const attribute of attributes) if (keys.has(attribute.name)) attribute.delete();
  }
}
