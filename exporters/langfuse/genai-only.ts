import type { Batch } from '../../pipeline/batch/batch.ts';
import type { Keys } from '../../pipeline/batch/key.ts';

/** Drops the spans that are not about GenAI and puts the others below their nearest GenAI ancestor; returns how many went. */
export type GenaiFilter = (batch: Batch) => number;

/** Where a dropped span hung. */
interface Dropped {
  readonly parentId: string;
}

/**
 * Creates the filter of `genai_only`. Ancestors are followed within the batch: a span whose dropped parent arrives in
 * another one keeps the parent id that it has. A span that is left without a parent is marked as a root, which Langfuse
 * otherwise looks for in vain.
 */
export function createGenaiFilter(keys: Keys): GenaiFilter {
  const kind = keys.key('genai.kind');
  const ownType = keys.key('langfuse.observation.type');
  const isRootV4 = keys.key('langfuse.internal.is_app_root');
  const isRootV3 = keys.key('langfuse.internal.as_root');
  return (batch) => {
    const dropped = new Map<string, Dropped>();
    for (const span of batch) {
      if (span.attributes.has(kind) || span.attributes.has(ownType)) continue;
      const id = `${span.traceId.hex()}${span.spanId.hex()}`;
      dropped.set(id, { parentId: span.parentSpanId.hex() });
      span.drop('filtered');
    }
    if (dropped.size === 0) return 0;
    for (const span of batch) {
      const parent = span.parentSpanId.hex();
      const ancestor = nearestKept(dropped, span.traceId.hex(), parent);
      if (ancestor === parent) continue;
      span.setParentSpanId(ancestor);
      if (ancestor !== '') continue;
      span.attributes.setBoolean(isRootV4, true);
      span.attributes.setString(isRootV3, 'true');
    }
    return dropped.size;
  };
}

/** '' where the way up ends at a dropped root. Ids can be made to form a ring, so no span is passed twice. */
function nearestKept(
  dropped: ReadonlyMap<string, Dropped>,
  traceId: string,
  parentId: string,
): string {
  const passed = new Set<string>();
  let id = parentId;
  while (id !== '' && !passed.has(id)) {
    passed.add(id);
    const next = dropped.get(`${traceId}${id}`);
    if (next === undefined) return id;
    id = next.parentId;
  }
  return '';
}
