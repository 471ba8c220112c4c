import { defineProcessor } from '../../pipeline/component/processor.ts';
import { advisePatterns } from './advise-patterns.ts';
import { redactionConfig } from './config.ts';
import { prepareRedaction } from './prepare-redaction.ts';

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
      help: 'Payloads that hold no text and were passed over: media as base64, vectors of numbers, and bytes that are binary.',
      labels: ['reason'],
    },
    weir_redaction_unknown_fields_total: {
      type: 'counter',
      help: 'Requests from which fields that OTLP does not have were taken out, because nothing scans them.',
      labels: [],
    },
    weir_redaction_fallbacks_total: {
      type: 'counter',
      help: 'Requests that were scanned by the slower prefilter, because the one in WebAssembly does not run here.',
      labels: ['reason'],
    },
    weir_redaction_scanned_bytes_total: {
      type: 'counter',
      help: 'Bytes of text that were scanned; not those of short attributes that were clean before.',
      labels: [],
    },
  },
  prepare: prepareRedaction,
  advise: advisePatterns,
});
