import type { Attributes, Batch, Texts } from '../../pipeline/batch/batch.ts';
import { defineTransform } from '../../pipeline/component/transform.ts';
import type { WorkerContext } from '../../pipeline/component/transform.ts';
import { failedText } from './actions.ts';
import type { RedactionConfig } from './config.ts';
import type { Finding } from './entity.ts';
import { uniteHits } from './hits.ts';
import type { Plan, PlanRules } from './plan.ts';
import { planOf } from './plan.ts';
import type { Policy, RedactionPrepared } from './policy.ts';
import { createPolicy } from './policy.ts';
import { spliceText } from './redact-text.ts';
import type { Scanner } from './scanner.ts';
import { createScanner, toScannable } from './scanner.ts';
import type { Summary } from './summary.ts';
import { createSummaries } from './summary.ts';

interface Redactor extends PlanRules {
  readonly context: WorkerContext;
  /** The key without what is personal in it. */
  readonly cleanKey: (key: string) => string;
}

/** The worker part of `redaction`. */
export const redactionTransform = defineTransform<RedactionConfig, RedactionPrepared>({
  type: 'redaction',
  create(config, prepared, context) {
    const redactor = createRedactor(config, prepared, context);
    const createSummary = createSummaries(config, context.keys);
    return (batch: Batch) => {
      if (redactor.policy.removesKeys) removeKeys(batch, redactor);
      const texts = batch.texts();
      context.count('weir_redaction_scanned_bytes_total', {}, texts.size);
      const plan = planOf(texts, redactor);
      if (plan.skippedPayloads > 0) {
        context.count('weir_redaction_skipped_payloads_total', {}, plan.skippedPayloads);
      }
      if (plan.hits.size === 0 && plan.failed.size === 0) return;
      const summary = createSummary();
      apply(texts, plan, redactor, summary);
      // A new attribute would make a new time series of every data point.
      if (batch.signal !== 'metrics') summary.write(batch);
    };
  },
});

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

const maxCleanKeys = 4096;

function createKeyCleaner(scan: Scanner, policy: Policy): (key: string) => string {
  const cleaned = new Map<string, string>();
  return (key) => {
    const known = cleaned.get(key);
    if (known !== undefined) return known;
    const { bytes, size } = toScannable(key);
    const { hits, failures } = scan({ bytes, size, keyAt: () => '' });
    const united = uniteHits<Finding>(hits);
    const clean =
      failures.length > 0
        ? failedText
        : spliceText({ bytes, start: 0, end: size }, united, policy.replace);
    if (cleaned.size >= maxCleanKeys) cleaned.clear();
    cleaned.set(key, clean);
    return clean;
  };
}

function removeKeys(batch: Batch, { policy, context }: Redactor): void {
  let removed = 0;
  const sweep = (attributes: Attributes): void => {
    for (const attribute of attributes) {
      if (policy.verdictOf(attribute.name) !== 'remove') continue;
      attribute.delete();
      removed++;
    }
  };
  for (const item of batch) {
    sweep(item.resource);
    sweep(item.scope.attributes);
    sweep(item.attributes);
    for (const event of item.events) sweep(event.attributes);
    for (const link of item.links) sweep(link.attributes);
  }
  if (removed > 0) context.count('weir_redaction_attributes_removed_total', {}, removed);
}

function apply(texts: Texts, plan: Plan, redactor: Redactor, summary: Summary): void {
  const { policy, context, cleanKey } = redactor;
  for (const [index, reason] of plan.failed) {
    plan.hits.delete(index);
    if (!policy.isAudit) texts.text(index).replace(failedText);
    context.count('weir_redaction_failed_texts_total', { reason });
  }
  for (const [index, hits] of plan.hits) {
    const text = texts.text(index);
    const span = { bytes: texts.buffer, start: texts.start(index), end: texts.end(index) };
    if (!policy.isAudit) text.replace(spliceText(span, hits, policy.replace));
    const name = cleanKey(text.key === '' ? text.place : text.key);
    for (const { entity } of hits) {
      const action = policy.isAudit ? 'audit' : policy.actionOf(entity);
      context.count('weir_redaction_values_total', { entity, action });
      summary.add(text.owner, text.item, entity, name);
    }
  }
}
