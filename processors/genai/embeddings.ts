import type { Attributes } from '../../pipeline/batch/batch.ts';
import type { Keys } from '../../pipeline/batch/key.ts';

const vectorKeys = [
  'ai.embedding',
  'ai.embeddings',
  'embedding.vector',
  'db.query.embeddings.vector',
];

/** Creates a filter that drops embedding vectors from a span and returns how many attributes that were. */
export function createEmbeddingFilter(keys: Keys): (attributes: Attributes) => number {
  const single = vectorKeys.map((name) => keys.key(name));
  const indexed = keys.key('embedding.embeddings.');
  return (attributes) => {
    let dropped = 0;
    for (const key of single) {
      if (!attributes.has(key)) continue;
      attributes.delete(key);
      dropped++;
    }
    for (const attribute of attributes.withPrefix(indexed)) {
      if (!attribute.name.endsWith('.vector')) continue;
      attribute.delete();
      dropped++;
    }
    return dropped;
  };
}
