import { createBatchReader } from '../../pipeline/batch/batch-reader.ts';
import { createKeys } from '../../pipeline/batch/create-keys.ts';
import type { Signal } from '../../pipeline/component/signal.ts';
import { redactionConfig } from './config.ts';
import type { RedactionPrepared } from './policy.ts';
import { redactionTransform } from './redaction.worker.ts';

/** The processor as one worker runs it, for tests and benchmarks. */
export interface RedactionRun {
  /** Counted metrics by name and labels. */
  readonly counts: ReadonlyMap<string, number>;
  /** Opens, redacts and encodes a request. */
  readonly run: (request: Uint8Array) => Uint8Array;
}

/** Builds the processor for one signal from its YAML data. */
export function createRedactionRun(
  signal: Signal,
  config: unknown = {},
  lists: Partial<Pick<RedactionPrepared, 'denyTerms' | 'allowTerms' | 'pseudonymKey'>> = {},
): RedactionRun {
  const keys = createKeys();
  const reader = createBatchReader(keys);
  const counts = new Map<string, number>();
  const parsed = redactionConfig.parse(config ?? {});
  const transform = redactionTransform.create(
    parsed,
    {
      hmacKey: parsed.hmac_key,
      encryptionKey: parsed.encryption_key,
      pseudonymKey: 'p'.repeat(32),
      denyTerms: [],
      allowTerms: [],
      ...lists,
    },
    {
      id: 'redaction',
      signal,
      keys,
      count: (name, labels = {}, value = 1) => {
        const series = [name, ...Object.values(labels)].join(' ');
        counts.set(series, (counts.get(series) ?? 0) + value);
      },
      sharedTable: () => {
        throw new Error('redaction declares no table');
      },
    },
  );
  return {
    counts,
    run(request) {
      const batch = reader.open(signal, request);
      transform(batch);
      return batch.encode();
    },
  };
}
