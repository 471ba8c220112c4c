import { indexAt } from '../../pipeline/batch/attribute-keys.ts';
import type { Attributes, Item } from '../../pipeline/batch/batch.ts';
import type { Key, Keys } from '../../pipeline/batch/key.ts';
import type { Entry } from './billing.ts';
import { type Call, clearCall } from './call.ts';
import { textFields } from './call-texts.ts';
import type { GenaiConfig } from './config.ts';
import { type ActiveDialect, createDetector } from './dialects/detect.ts';
import { dialects } from './dialects/table.ts';
import { createEmbeddingFilter } from './embeddings.ts';
import { createEventReader } from './events.ts';
import { clearContent, type Content, createContent } from './messages/content.ts';
import { createContentWriter } from './messages/content-writer.ts';
import { createIndexedReader } from './messages/indexed-messages.ts';
import { createEventMessageReader } from './messages/event-messages.ts';
import { createNormaliser } from './normalise.ts';
import { readSpanIds } from './span-ids.ts';
import type { Tally } from './tally.ts';
import type { Convention } from './usage.ts';
import { createCallWriter } from './writer.ts';

/** An entry with what is needed to write it. */
export interface Reading extends Entry {
  /** Undefined before the first span. */
  dialect: ActiveDialect | undefined;
  convention: Convention | undefined;
  /** Version of the instrumentation scope. */
  version: string;
}

/** What happens to one span, in two visits: bills are settled in between. */
export interface Canonicaliser {
  /** Reads a span into `reading`; false where it is no GenAI span or was canonical when it came. */
  read(span: Item, reading: Reading): boolean;
  /** Makes canonical what was read; needs no span. */
  normalise(reading: Reading): void;
  /** Writes what was read of it. */
  write(span: Item, reading: Reading): void;
  /** Removes the emitter's own attributes that canonical ones stand for, where that is wanted. Comes last. */
  strip(span: Item, reading: Reading): void;
}

/** Creates the canonicaliser of a worker. */
export function createCanonicaliser(config: GenaiConfig, keys: Keys, tally: Tally): Canonicaliser {
  const detect = createDetector(keys, dialects);
  const normalise = createNormaliser();
  const readEvents = createEventReader(keys);
  const readIndexed = createIndexedReader(keys);
  const readEventMessages = createEventMessageReader(keys);
  const readTenant = createTenantReader(keys, config.tenant_keys);
  const writeCall = createCallWriter(keys);
  const dropVectors = createEmbeddingFilter(keys);
  const writeContent = createContentWriter(keys, config.keep_originals);
  const dialectKey = keys.key('genai.dialect');
  const content = createContent();

  const read = (span: Item, reading: Reading): boolean => {
    const dialect = detect(span);
    if (dialect === undefined || span.attributes.has(dialectKey)) return false;
    const { call } = reading;
    clearCall(call, span.attributes);
    readTenant(span.attributes, call);
    dialect.reader.read(span, call);
    readEvents(span, call);
    readTenant(span.resource, call);
    reading.dialect = dialect;
    identify(span, reading);
    reading.isFirstHand = dialect.isFirstHand;
    return true;
  };

  const write = (span: Item, { call, dialect, convention }: Reading): void => {
    if (dialect === undefined) return;
    if (config.messages) {
      clearContent(content);
      readIndexed(span, content);
      dialect.reader.readContent(span, call, content);
      readEventMessages(span, call, content);
      call.finishReasons ??= finishReasonsOf(content);
    }
    writeCall(span, call, dialect.name, convention);
    if (config.messages) tally.dropped('message_source', writeContent(span, content));
    // Wrappers, retrievers and vector stores repeat vectors; calls of language models have none.
    if (config.embeddings === 'drop' && call.kind !== 'llm') {
      tally.dropped('embedding_vector', dropVectors(span));
    }
    tally.dialect(dialect.name);
  };

  const strip = createStripper();
  return {
    read,
    normalise: (reading) => {
      reading.convention = normalise(reading.call, reading);
    },
    write,
    strip: (span, { dialect }) => {
      if (config.remove_originals && dialect !== undefined) {
        tally.dropped('original', strip(span.attributes, dialect));
      }
    },
  };
}

/** Returns a function that drops a dialect's own attributes and old values from a span, and says how many these were. */
function createStripper(): (attributes: Attributes, dialect: ActiveDialect) => number {
  const known = new Map<ActiveDialect, ReadonlySet<Key>>();
  return (attributes, dialect) => {
    let originals = known.get(dialect);
    if (originals === undefined) {
      originals = new Set(dialect.reader.originals);
      known.set(dialect, originals);
    }
    let dropped = 0;
    const seen = attributes.keys();
    for (let i = 0; i < seen.count; i++) {
      const attribute = attributes.at(indexAt(seen, i));
      const { key, name } = attribute;
      const isOriginal = key !== undefined && originals.has(key);
      if (!isOriginal && !name.startsWith('genai.original.')) continue;
      attribute.delete();
      dropped++;
    }
    return dropped;
  };
}

/** Some emitters tell why an answer ended in the recorded answer only. */
function finishReasonsOf({ output, finishReasons }: Content): string[] | undefined {
  if (output === undefined) return undefined;
  const reasons = Array.isArray(output)
    ? output.flatMap((message) => message.finish_reason ?? [])
    : [...finishReasons];
  return reasons.length > 0 ? reasons : undefined;
}

function identify(span: Item, entry: Reading): void {
  entry.ordinal = span.ordinal;
  entry.scope = span.scope.name;
  entry.version = span.scope.version;
  readSpanIds(span, entry.ids);
  entry.endMs = span.endUnixMs;
  const { durationMs } = entry.call;
  entry.startMs = durationMs === undefined ? span.startUnixMs : entry.endMs - durationMs;
  entry.hasReusedId = false;
  entry.better = undefined;
  entry.belowInput = 0;
  entry.belowOutput = 0;
}

function createTenantReader(
  keys: Keys,
  names: readonly string[],
): (attributes: Attributes, call: Call) => void {
  const candidates = names.map((name) => keys.key(name));
  const place = textFields.indexOf('tenantId');
  return (attributes, { texts }) => {
    if (texts.has(place)) return;
    for (const key of candidates) {
      const attribute = attributes.find(key);
      if (attribute !== undefined && texts.read(place, attribute, false)) return;
    }
  };
}
