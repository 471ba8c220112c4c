import type { Attributes } from '../../pipeline/batch/batch.ts';
import type { Key, Keys } from '../../pipeline/batch/key.ts';

/** Everything that Langfuse reads a model from. */
const modelNames = [
  'langfuse.observation.model.name',
  'gen_ai.response.model',
  'gen_ai.request.model',
  'ai.model.id',
  'ai.response.model',
  'llm.model_name',
  'llm.response.model',
  'llm.response.model_name',
  'llm.request.model_name',
  'embedding.model_name',
  'model',
];

/** Everything that Langfuse reads usage or cost from. */
const usagePrefixes = [
  'gen_ai.usage.',
  'gen_ai.cost.',
  'ai.usage.',
  'llm.token_count.',
  'llm.usage.',
  'llm.cost.',
];

/** Creates the remover of the model, which is kept where Langfuse shows it and does not price it. */
export function createModelStripper(keys: Keys): (attributes: Attributes) => void {
  const models = modelNames.map((name) => keys.key(name));
  const kept = keys.key('langfuse.observation.metadata.model');
  return (attributes) => {
    const model = models.map((key) => attributes.string(key)).find((text) => text);
    for (const key of models) attributes.delete(key);
    if (model !== undefined) attributes.setString(kept, model);
  };
}

/** Creates the remover of usage and cost. */
export function createUsageStripper(keys: Keys): (attributes: Attributes) => void {
  const prefixes: readonly Key[] = usagePrefixes.map((name) => keys.key(name));
  return (attributes) => {
    for (const prefix of prefixes) {
      for (const attribute of attributes.withPrefix(prefix)) attribute.delete();
    }
  };
}
