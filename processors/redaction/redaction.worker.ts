import type { Batch, Texts } from '../../pipeline/batch/batch.ts';
import { KnownAttributes } from '../../pipeline/batch/known-attributes.ts';
import type { WorkerContext } from '../../pipeline/component/transform.ts';
import { defineTransform } from '../../pipeline/component/transform.ts';
import { applyPlan, takeAway } from './apply-plan.ts';
import type { Redactor } from './apply-plan.ts';
import type { RedactionConfig } from './config.ts';
import { createKeyCleaner } from './key-cleaner.ts';
import type { Plan } from './plan.ts';
import { planOf } from './plan.ts';
import type { RedactionPrepared } from './policy.ts';
import { createPolicy } from './policy.ts';
import type { Policy } from './policy.ts';
import { createScanner } from './scanner.ts';
import type { Scouted } from './scout.ts';
import { createScout } from './scout.ts';
import { createSummaries } from './summary.ts';

/** The worker part of `redaction`. */
export const redactionTransform = defineTransform<RedactionConfig, RedactionPrepared>({
  type: 'redaction',
  create(config, prepared, context) {
    const redactor = createRedactor(config, prepared, context);
    const createSummary = createSummaries(config, context.keys);
    const scout = createScout(redactor.policy, context.keys);
    const known = judgesByText(redactor.policy) ? new KnownAttributes() : undefined;
    return (batch: Batch) => {
      // No text shows what is in fields that OTLP does not have.
      if (batch.dropUnknown()) context.count('weir_redaction_unknown_fields_total', {}, 1);
      const scouted = scout(batch);
      const texts = batch.texts(known);
      const plan = planOf(texts, redactor, scouted.contentItems);
      if (known !== undefined) noteClean(texts, plan, known);
      countPlan(texts, plan, scouted, context);
      if (isIdle(plan, scouted)) return;
      const summary = createSummary();
      for (const { owner, item, key } of scouted.removed) {
        summary.addKey(owner, item, 'redacted', redactor.cleanKey(key));
      }
      const aftermath = applyPlan({ texts, plan, scouted, summary }, redactor);
      takeAway(batch, aftermath);
      // A new attribute would make a new time series of every data point.
      if (batch.signal === 'metrics') return;
      const isCurrent = aftermath.drops.size + aftermath.blocked.size === 0;
      if (!isCurrent || !summary.writeBeside(texts)) summary.write(batch);
    };
  },
});

/** True where what is found in an attribute depends on nothing but its bytes, and only what is found matters. */
function judgesByText({ hasKeyRules, dropsContent, ownPatterns }: Policy): boolean {
  return !hasKeyRules && !dropsContent && !ownPatterns.asksEveryText;
}

/** What was clean once is not looked through again. Where time was up nobody knows what was clean. */
function noteClean(texts: Texts, { hits, allowed, failed }: Plan, known: KnownAttributes): void {
  if (failed.size === 0) texts.makeKnown(known, new Set([...hits.keys(), ...allowed]));
}

function isIdle({ hits, failed, allowed, ignored }: Plan, { removed }: Scouted): boolean {
  return hits.size + failed.size + allowed.size + ignored.size + removed.length === 0;
}

function createRedactor(
  config: RedactionConfig,
  prepared: RedactionPrepared,
  context: WorkerContext,
): Redactor {
  const policy = createPolicy(config, prepared);
  const scan = createScanner(policy.detectors);
  return {
    policy,
    scan,
    context,
    maxTextBytes: config.max_text_size,
    cleanKey: createKeyCleaner(scan, policy),
  };
}

function countPlan(texts: Texts, plan: Plan, scouted: Scouted, context: WorkerContext): void {
  context.count('weir_redaction_scanned_bytes_total', {}, texts.size);
  if (scouted.removed.length > 0) {
    context.count('weir_redaction_attributes_removed_total', {}, scouted.removed.length);
  }
  if (plan.fallback !== undefined) {
    context.count('weir_redaction_fallbacks_total', { reason: plan.fallback }, 1);
  }
  for (const [reason, count] of Object.entries(plan.skipped)) {
    if (count > 0) context.count('weir_redaction_skipped_payloads_total', { reason }, count);
  }
}
