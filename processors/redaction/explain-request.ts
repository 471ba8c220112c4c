import { createBatchReader } from '../../pipeline/batch/batch-reader.ts';
import type { Text } from '../../pipeline/batch/batch.ts';
import { createKeys } from '../../pipeline/batch/create-keys.ts';
import type { Signal } from '../../pipeline/component/signal.ts';
import type { Action } from './actions.ts';
import { actionFor } from './apply-plan.ts';
import type { RedactionConfig } from './config.ts';
import { createKeyCleaner } from './key-cleaner.ts';
import { planOf } from './plan.ts';
import type { RedactionPrepared } from './policy.ts';
import { createPolicy } from './policy.ts';
import { createScanner } from './scanner.ts';
import { createScout } from './scout.ts';

/**
 * One value that would be found: where it stands and what would become of it, never the value. Also a text that could not be
 * scanned, whose entity is `redaction_failed`, and an attribute that the rules for keys take away, whose entity is
 * `removed_key` and whose offset and length are 0.
 */
export interface Explained {
  /** Position of the item in its request; of the first one under a resource or scope. */
  readonly item: number;
  readonly owner: 'item' | 'resource' | 'scope';
  readonly place: string;
  /** Key of the attribute without what is personal in it; '' where it stands in none. */
  readonly key: string;
  readonly entity: string;
  /** `off` where an override lets it be. */
  readonly action: Action | 'off';
  /** Bytes into the text, and length in bytes. */
  readonly offset: number;
  readonly length: number;
}

/** Makes a function that tells what the processor would find in a request, without changing it. */
export function createExplainer(
  config: RedactionConfig,
  prepared: RedactionPrepared,
): (signal: Signal, request: Uint8Array) => Explained[] {
  const policy = createPolicy(config, prepared);
  const scan = createScanner(policy.detectors);
  const cleanKey = createKeyCleaner(scan, policy);
  const keys = createKeys();
  const scout = createScout(policy, keys);
  const reader = createBatchReader(keys);
  return (signal, request) => {
    // Attributes that are taken away are taken out of the batch, which nobody encodes.
    const batch = reader.open(signal, request);
    const scouted = scout(batch);
    const texts = batch.texts();
    const rules = { policy, scan, maxTextBytes: config.max_text_size };
    const plan = planOf(texts, rules, scouted.contentItems);
    const explained: Explained[] = scouted.removed.map(({ owner, item, key }) => ({
      ...{ item, owner, place: 'attribute', key: cleanKey(key) },
      ...{ entity: 'removed_key', action: 'drop', offset: 0, length: 0 },
    }));
    for (const index of plan.failed.keys()) {
      const length = texts.end(index) - texts.start(index);
      const whole = { entity: 'redaction_failed', action: 'redact', offset: 0, length } as const;
      explained.push({ ...placeOf(texts.text(index), cleanKey), ...whole });
      plan.hits.delete(index);
    }
    for (const [index, hits] of plan.hits) {
      const text = texts.text(index);
      const place = placeOf(text, cleanKey);
      for (const { entity, start, end } of hits) {
        const action = actionFor(entity, text, scouted, policy);
        const offset = start - texts.start(index);
        explained.push({ ...place, entity, action, offset, length: end - start });
      }
    }
    return explained.sort((a, b) => a.item - b.item);
  };
}

function placeOf(
  { item, owner, place, key }: Text,
  cleanKey: (key: string) => string,
): Pick<Explained, 'item' | 'owner' | 'place' | 'key'> {
  return { item, owner, place, key: cleanKey(key) };
}
