import { readFile } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { defineProcessor } from '../../pipeline/component/processor.ts';
import { checkKey, redactionConfig } from './config.ts';
import { createDenyList, parseTerms } from './deny-list.ts';
import type { RedactionPrepared } from './policy.ts';

/** Takes personal data and secrets out of spans, log records and metrics, before anything is stored or sent. */
export const redactionProcessor = defineProcessor({
  type: 'redaction',
  stability: 'beta',
  signals: ['traces', 'logs', 'metrics'],
  schema: redactionConfig,
  metrics: {
    weir_redaction_values_total: {
      type: 'counter',
      help: 'Values that were found, by entity and by what became of them.',
      labels: ['entity', 'action'],
    },
    weir_redaction_attributes_removed_total: {
      type: 'counter',
      help: 'Attributes that allowed_keys does not list.',
      labels: [],
    },
    weir_redaction_failed_texts_total: {
      type: 'counter',
      help: 'Texts that could not be scanned and were replaced as a whole.',
      labels: ['reason'],
    },
    weir_redaction_skipped_payloads_total: {
      type: 'counter',
      help: 'Base64 payloads of data: URIs that were passed over.',
      labels: [],
    },
    weir_redaction_scanned_bytes_total: {
      type: 'counter',
      help: 'Bytes of text that were scanned.',
      labels: [],
    },
  },
  async prepare(config): Promise<RedactionPrepared> {
    const keyFile = config.hmac_key_file;
    return {
      hmacKey:
        keyFile === undefined
          ? config.hmac_key
          : checkKey(await readFile(keyFile, 'utf8'), keyFile),
      pseudonymKey: randomBytes(pseudonymKeyBytes).toString('hex'),
      denyTerms: checkTerms(await readTerms(config.deny_list), config.deny_list),
      allowTerms: await readTerms(config.allow_list),
    };
  },
});

const pseudonymKeyBytes = 32;

async function readTerms(file: string | undefined): Promise<string[]> {
  return file === undefined ? [] : parseTerms(await readFile(file, 'utf8'));
}

/** Tells at start what a worker would throw. */
function checkTerms(terms: string[], file = ''): string[] {
  try {
    createDenyList(terms);
    return terms;
  } catch (error) {
    throw new Error(`deny_list ${file}: ${error instanceof Error ? error.message : 'unusable'}`, {
      cause: error,
    });
  }
}
