import type { Attributes, Value } from '../../pipeline/batch/batch.ts';
import type { Keys } from '../../pipeline/batch/key.ts';
import { toJson } from '../../pipeline/batch/value-json.ts';
import type { WriteSpan } from './observation.ts';

/** A list of this many numbers is an embedding, which nobody reads and every page would carry. */
const minVectorLength = 64;

/**
 * Creates the writer that takes kvlists and lists of them off a span and puts them into its metadata as one JSON text:
 * Langfuse would show them as OTLP's own encoding. Embedding vectors are left out.
 */
export function createStructureFlattener(keys: Keys): WriteSpan {
  const metadata = keys.key('langfuse.observation.metadata');
  return ({ attributes }) => {
    const structured = takeStructured(attributes);
    if (structured === undefined) return;
    const own = parseMetadata(attributes.string(metadata));
    attributes.setString(metadata, JSON.stringify({ ...structured, ...own }));
  };
}

/** Undefined where a span has none, which is the rule. */
function takeStructured(attributes: Attributes): Record<string, unknown> | undefined {
  const found = new Map<string, unknown>();
  for (const attribute of attributes) {
    if (attribute.kind !== 'array' && attribute.kind !== 'kvlist') continue;
    const value = attribute.value();
    if (isPlainList(value)) continue;
    if (!isVector(value)) found.set(attribute.name, toJson(value));
    attribute.delete();
  }
  return found.size > 0 ? Object.fromEntries(found) : undefined;
}

/** Lists of scalars are shown as they are. */
function isPlainList(value: Value): boolean {
  return (
    Array.isArray(value) && !value.some((item) => typeof item === 'object') && !isVector(value)
  );
}

function isVector(value: Value): boolean {
  return (
    Array.isArray(value) &&
    value.length >= minVectorLength &&
    value.every((item) => typeof item === 'number')
  );
}

/** What the application gave as metadata; text that is no JSON object is kept as text. */
function parseMetadata(text: string | undefined): object {
  if (text === undefined) return {};
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : { metadata: text };
  } catch {
    return { metadata: text };
  }
}
