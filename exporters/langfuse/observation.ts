import type { Item } from '../../pipeline/batch/batch.ts';
import type { Keys } from '../../pipeline/batch/key.ts';
import { createBillWriter } from './bill.ts';
import { createContentWriter } from './content.ts';
import { createLevelWriter } from './level.ts';
import { createMetadataWriter } from './metadata.ts';
import { createPromptLinkWriter } from './prompt-link.ts';
import { createStructureFlattener } from './structured.ts';
import { createTypeWriter } from './observation-type.ts';

/** Writes attributes on the span under a batch's cursor. */
export type WriteSpan = (span: Item) => void;

/**
 * Creates the writer of what Langfuse shows of one observation: type, model, usage, cost, input and output, level, prompt
 * link and metadata. What a span says in Langfuse's own attributes stands.
 */
export function createObservationWriter(keys: Keys): WriteSpan {
  // Content comes before the bill, which has to know whether Langfuse would find a text to count tokens in.
  const writers = [
    createTypeWriter(keys),
    createContentWriter(keys),
    createBillWriter(keys),
    createLevelWriter(keys),
    createPromptLinkWriter(keys),
    createMetadataWriter(keys),
    createStructureFlattener(keys),
  ];
  return (span) => {
    for (const write of writers) write(span);
  };
}
