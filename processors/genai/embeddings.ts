import type { Item } from '../../pipeline/batch/batch.ts';
import type { Keys } from '../../pipeline/batch/key.ts';
import { NamePatterns } from '../../pipeline/batch/name-patterns.ts';

const vectors = [
  'embedding.embeddings.#.embedding.vector',
  'embedding.vector',
  'ai.embedding',
  'ai.embeddings',
  'db.query.embeddings.vector',
];

/** The same in span events: Traceloop's of vector stores, LlamaIndex'. */
const eventVectors = ['embeddings', 'query.embedding', 'db.query.embeddings.vector'];

/** Creates a filter that drops embedding vectors from a span and its events and returns how many attributes that were. */
export function createEmbeddingFilter(keys: Keys): (span: Item) => number {
  const patterns = new NamePatterns(vectors);
  const inEvents = eventVectors.map((name) => keys.key(name));
  const found: number[] = [];
  const note = (_pattern: number, attribute: number): void => {
    found.push(attribute);
  };
  return ({ attributes, events }) => {
    found.length = 0;
    attributes.forEachMatch(patterns, note);
    for (const attribute of found) attributes.deleteAt(attribute);
    let dropped = found.length;
    for (const event of events) {
      for (const key of inEvents) {
        if (!event.attributes.has(key)) continue;
        event.attributes.delete(key);
        dropped++;
      }
    }
    return dropped;
  };
}
