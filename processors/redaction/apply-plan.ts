import type { Attributes, Batch, Item, Text, Texts } from '../../pipeline/batch/batch.ts';
import type { WorkerContext } from '../../pipeline/component/transform.ts';
import type { Action } from './actions.ts';
import { failedText } from './actions.ts';
import type { Finding } from './entity.ts';
import type { Hit } from './hits.ts';
import type { Plan, PlanRules } from './plan.ts';
import type { Policy } from './policy.ts';
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
  const { texts, plan } = judged;
  const { policy, context } = redactor;
  const aftermath: Aftermath = { drops: new Map(), blocked: new Set() };
  for (const [index, reason] of plan.failed) {
    plan.hits.delete(index);
    const text = texts.text(index);
    if (!policy.isAudit) text.replace(failedText);
    nameIn(judged, redactor, text, 'masked');
    context.count('weir_redaction_failed_texts_total', { reason });
  }
  for (const [index, hits] of plan.hits) {
    const text = texts.text(index);
    const acted = hits
      .map((hit) => ({ ...hit, action: actionFor(hit.entity, text, judged.scouted, policy) }))
      .filter((hit): hit is ActedHit => hit.action !== 'off');
    if (acted.length > 0) applyHits(text, acted, { ...judged, aftermath }, redactor);
  }
  for (const index of plan.allowed) nameIn(judged, redactor, texts.text(index), 'allowed');
  for (const index of plan.ignored) nameIn(judged, redactor, texts.text(index), 'ignored');
  return aftermath;
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

function applyHits(
  text: Text,
  hits: readonly ActedHit[],
  judged: Judged & { readonly aftermath: Aftermath },
  redactor: Redactor,
): void {
  const { texts, scouted, summary, aftermath } = judged;
  const { policy, context, cleanKey } = redactor;
  const { index, item, owner, key } = text;
  const traceId = owner === 'item' ? (scouted.traceIds[item] ?? '') : '';
  if (!policy.isAudit) {
    const span = { bytes: texts.buffer, start: texts.start(index), end: texts.end(index) };
    const actions = hits.map(({ action }) => action);
    text.replace(
      spliceText(span, hits, (finding, value, at) =>
        policy.replace(finding, value, actions[at] ?? 'redact', traceId),
      ),
    );
    note(aftermath, text, cleanKey(key), actions);
    const isDropped = key !== '' && actions.includes('drop');
    nameIn(judged, redactor, text, isDropped ? 'redacted' : 'masked');
  }
  for (const { entity, action } of hits) {
    const done = policy.isAudit ? 'audit' : action;
    context.count('weir_redaction_values_total', { entity, action: done });
    summary.addValue(owner, item, entity);
  }
}

function note(
  { drops, blocked }: Aftermath,
  { item, owner, key }: Text,
  cleanName: string,
  actions: readonly Action[],
): void {
  // What items share is not the one item's: there a value becomes its tag.
  if (actions.includes('block') && owner === 'item') blocked.add(item);
  if (!actions.includes('drop') || key === '') return;
  drops.set(item, (drops.get(item) ?? new Set<string>()).add(key).add(cleanName));
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
  const sweep = (attributes: Attributes): void => {
    for (const attribute of attributes) if (keys.has(attribute.name)) attribute.delete();
  };
  sweep(item.resource);
  sweep(item.scope.attributes);
  sweep(item.attributes);
  for (const event of item.events) sweep(event.attributes);
  for (const link of item.links) sweep(link.attributes);
}
