import type { Attributes } from '../../pipeline/batch/batch.ts';
import type { Keys } from '../../pipeline/batch/key.ts';
import type { WriteSpan } from './observation.ts';

/** Langfuse's observation types by `genai.kind`; it has none for reranking, which is part of retrieving. */
const typeOfKind: ReadonlyMap<string, string> = new Map([
  ['llm', 'generation'],
  ['embedding', 'embedding'],
  ['agent', 'agent'],
  ['tool', 'tool'],
  ['chain', 'chain'],
  ['retriever', 'retriever'],
  ['rerank', 'retriever'],
  ['guardrail', 'guardrail'],
  ['evaluator', 'evaluator'],
]);

const types: ReadonlySet<string> = new Set([...typeOfKind.values(), 'span', 'event']);

/** What is billed on another span must not look like a call of its own, or older Langfuse prices it. */
const unbilled: ReadonlySet<string> = new Set(['duplicate']);

/** Creates the writer of `langfuse.observation.type`, which beats everything that Langfuse would derive. */
export function createTypeWriter(keys: Keys): WriteSpan {
  const target = keys.key('langfuse.observation.type');
  const kind = keys.key('genai.kind');
  const status = keys.key('genai.cost.status');
  const own = (attributes: Attributes): string | undefined => {
    // Langfuse ignores a type that is not in lower case.
    const type = attributes.string(target)?.toLowerCase();
    return type !== undefined && types.has(type) ? type : undefined;
  };
  return ({ attributes }) => {
    const type = own(attributes) ?? typeOfKind.get(attributes.string(kind) ?? '') ?? 'span';
    const isUnbilled = unbilled.has(attributes.string(status) ?? '');
    attributes.setString(target, isUnbilled ? 'span' : type);
  };
}
