import type { Attributes, Item } from '../../pipeline/batch/batch.ts';
import type { Keys } from '../../pipeline/batch/key.ts';
import type { Entry } from './billing.ts';
import { clearCall } from './call.ts';
import type { GenaiConfig } from './config.ts';
import { createDetector } from './dialects/detect.ts';
import { dialects } from './dialects/table.ts';
import { createEmbeddingFilter } from './embeddings.ts';
import { readText } from './loose.ts';
import { clearContent, type Content, createContent } from './messages/content.ts';
import { createContentWriter } from './messages/content-writer.ts';
import { createNormaliser } from './normalise.ts';
import type { Tally } from './tally.ts';
import { createUsageRules } from './usage-rules.ts';
import { createCallWriter } from './writer.ts';

/** Reads, normalises and writes one span into `entry`; false where it is no GenAI span or was canonical when it came. */
export type Canonicalise = (span: Item, entry: Entry) => boolean;

/** Creates the canonicaliser of a worker. */
export function createCanonicaliser(config: GenaiConfig, keys: Keys, tally: Tally): Canonicalise {
  const detect = createDetector(keys, dialects);
  const normalise = createNormaliser();
  const ruleFor = createUsageRules();
  const readTenant = createTenantReader(keys, config.tenant_keys);
  const write = createCallWriter(keys);
  const dropVectors = createEmbeddingFilter(keys);
  const writeContent = createContentWriter(keys, config.keep_originals);
  const dialectKey = keys.key('genai.dialect');
  const content = createContent();
  return (span, entry) => {
    const dialect = detect(span);
    if (dialect === undefined || span.attributes.has(dialectKey)) return false;
    const { call } = entry;
    clearCall(call);
    call.tenantId = readTenant(span.attributes);
    dialect.reader.read(span, call);
    call.tenantId ??= readTenant(span.resource);
    const { name, version } = span.scope;
    const convention = normalise(call, (provider) => ruleFor(name, version, provider));
    if (config.messages) {
      clearContent(content);
      dialect.reader.readContent(span, call, content);
      call.finishReasons ??= finishReasonsOf(content);
    }
    write(span, call, dialect.name, convention);
    if (config.messages) tally.dropped('message_source', writeContent(span, content));
    if (config.embeddings === 'drop' && call.kind === 'embedding') {
      tally.dropped('embedding_vector', dropVectors(span.attributes));
    }
    tally.dialect(dialect.name);
    identify(span, entry);
    return true;
  };
}

/** Some emitters tell why an answer ended in the recorded answer only. */
function finishReasonsOf({ output }: Content): string[] | undefined {
  if (output === undefined) return undefined;
  const reasons = output.flatMap((message) => message.finish_reason ?? []);
  return reasons.length > 0 ? reasons : undefined;
}

const nsPerMs = 1e6;

function identify(span: Item, entry: Entry): void {
  entry.ordinal = span.ordinal;
  entry.traceId = span.traceId.hex();
  entry.spanId = span.spanId.hex();
  entry.parentId = span.parentSpanId.hex();
  entry.startMs = Number(span.startTimeUnixNano) / nsPerMs;
  entry.endMs = Number(span.endTimeUnixNano) / nsPerMs;
  entry.hasReusedId = false;
  entry.better = undefined;
  entry.belowInput = 0;
  entry.belowOutput = 0;
}

function createTenantReader(
  keys: Keys,
  names: readonly string[],
): (attributes: Attributes) => string | undefined {
  const candidates = names.map((name) => keys.key(name));
  return (attributes) => {
    for (const key of candidates) {
      const tenant = readText(attributes, key);
      if (tenant !== undefined) return tenant;
    }
    return undefined;
  };
}
