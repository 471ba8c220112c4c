import type { Attributes, Item } from '../../pipeline/batch/batch.ts';
import type { Key, Keys } from '../../pipeline/batch/key.ts';
import type { Call, CallTexts } from './call.ts';
import { toJson } from './loose.ts';
import type { Convention, Usage } from './usage.ts';
import { toJsonText } from './usage-object.ts';

/** A canonical key and the one under which the emitter's own value is kept where it was another. */
export interface CanonicalKey {
  readonly key: Key;
  readonly original: Key;
}

/** Interns a canonical key. */
export function canonicalKey(keys: Keys, name: string): CanonicalKey {
  return { key: keys.key(name), original: keys.key(`genai.original.${name}`) };
}

/** Writes a text unless it stands there already; another value that stood there is kept under `genai.original.*`. */
export function writeText(attributes: Attributes, at: CanonicalKey, value: string): void {
  if (attributes.has(at.key)) {
    if (attributes.string(at.key) === value) return;
    keepOriginal(attributes, at);
  }
  attributes.setString(at.key, value);
}

/** Writes an int, as `writeText`; a double or a text of the same value counts as another. */
function writeInt(attributes: Attributes, at: CanonicalKey, value: number): void {
  const kind = attributes.kind(at.key);
  if (kind === 'int' && attributes.number(at.key) === value) return;
  if (kind !== undefined) keepOriginal(attributes, at);
  attributes.setInt(at.key, value);
}

/** Writes a double, as `writeText`. */
export function writeDouble(attributes: Attributes, at: CanonicalKey, value: number): void {
  const kind = attributes.kind(at.key);
  if (kind === 'double' && attributes.number(at.key) === value) return;
  if (kind !== undefined) keepOriginal(attributes, at);
  attributes.setDouble(at.key, value);
}

/** Writes an array of texts, as `writeText`. */
function writeTexts(attributes: Attributes, at: CanonicalKey, value: string[]): void {
  if (attributes.has(at.key)) {
    const old = attributes.strings(at.key);
    if (old?.length === value.length && old.every((text, index) => text === value[index])) return;
    keepOriginal(attributes, at);
  }
  attributes.setStrings(at.key, value);
}

/** Takes a value that would mislead away, and keeps it under `genai.original.*`. */
export function withdraw(attributes: Attributes, at: CanonicalKey): void {
  if (!attributes.has(at.key)) return;
  keepOriginal(attributes, at);
  attributes.delete(at.key);
}

function keepOriginal(attributes: Attributes, { key, original }: CanonicalKey): void {
  switch (attributes.kind(key)) {
    case undefined:
    case 'empty':
      return;
    case 'string':
      attributes.setString(original, attributes.string(key) ?? '');
      return;
    case 'int':
      attributes.setInt(original, attributes.integer(key) ?? 0n);
      return;
    case 'double':
      attributes.setDouble(original, attributes.number(key) ?? 0);
      return;
    case 'boolean':
      attributes.setBoolean(original, attributes.boolean(key) ?? false);
      return;
    case 'array':
    case 'kvlist':
    case 'bytes':
      keepStructure(attributes, key, original);
  }
}

function keepStructure(attributes: Attributes, key: Key, original: Key): void {
  const texts = attributes.strings(key);
  if (texts !== undefined) attributes.setStrings(original, texts);
  else attributes.setString(original, toJsonText(toJson(attributes.value(key))) ?? '');
}

const textKeys: Readonly<Record<keyof CallTexts, string>> = {
  operation: 'gen_ai.operation.name',
  provider: 'gen_ai.provider.name',
  requestModel: 'gen_ai.request.model',
  responseModel: 'gen_ai.response.model',
  responseId: 'gen_ai.response.id',
  conversationId: 'gen_ai.conversation.id',
  sessionId: 'genai.session.id',
  userId: 'genai.user.id',
  tenantId: 'genai.tenant.id',
  agentId: 'gen_ai.agent.id',
  agentName: 'gen_ai.agent.name',
  toolName: 'gen_ai.tool.name',
  toolCallId: 'gen_ai.tool.call.id',
  workflowName: 'gen_ai.workflow.name',
  promptName: 'gen_ai.prompt.name',
  promptVersion: 'gen_ai.prompt.version',
  serviceTier: 'genai.service_tier',
};

const countKeys: Readonly<Partial<Record<keyof Usage, string>>> = {
  input: 'gen_ai.usage.input_tokens',
  output: 'gen_ai.usage.output_tokens',
  cacheRead: 'gen_ai.usage.cache_read.input_tokens',
  cacheWrite: 'gen_ai.usage.cache_write.input_tokens',
  reasoning: 'gen_ai.usage.reasoning.output_tokens',
};

/** Written only where there are any: most calls have none of these, and emitters send zeros. */
const extraKeys: Readonly<Partial<Record<keyof Usage, string>>> = {
  cacheWrite5m: 'genai.usage.cache_write_5m_tokens',
  cacheWrite1h: 'genai.usage.cache_write_1h_tokens',
  inputAudio: 'genai.usage.input_audio_tokens',
  outputAudio: 'genai.usage.output_audio_tokens',
  inputImage: 'genai.usage.input_image_tokens',
  outputImage: 'genai.usage.output_image_tokens',
  webSearches: 'genai.usage.web_searches',
  audioSeconds: 'genai.usage.audio_seconds',
};

/** Writes a canonical call beside the emitter's attributes. */
export type WriteCall = (
  span: Item,
  call: Call,
  dialect: string,
  convention: Convention | undefined,
) => void;

/** Creates the writer of a worker. */
export function createCallWriter(keys: Keys): WriteCall {
  // The tables above are typed by exactly these fields.
  const texts = Object.entries(textKeys).map(
    ([field, name]) => [field as keyof CallTexts, canonicalKey(keys, name)] as const,
  );
  const internCounts = (names: typeof countKeys) =>
    Object.entries(names).map(
      ([field, name]) => [field as keyof Usage, canonicalKey(keys, name)] as const,
    );
  const counts = internCounts(countKeys);
  const extras = internCounts(extraKeys);
  const finishReasons = canonicalKey(keys, 'gen_ai.response.finish_reasons');
  const firstChunk = canonicalKey(keys, 'gen_ai.response.time_to_first_chunk');
  const tags = canonicalKey(keys, 'genai.tags');
  const kind = canonicalKey(keys, 'genai.kind');
  const dialectKey = canonicalKey(keys, 'genai.dialect');
  const conventionKey = canonicalKey(keys, 'genai.usage.convention');
  const stream = keys.key('gen_ai.request.stream');
  return ({ attributes }, call, dialect, convention) => {
    writeText(attributes, dialectKey, dialect);
    if (call.kind !== undefined) writeText(attributes, kind, call.kind);
    for (const [field, at] of texts) {
      const text = call[field];
      if (text !== undefined) writeText(attributes, at, text);
    }
    for (const [field, at] of counts) {
      const count = call.usage[field];
      if (count !== undefined) writeInt(attributes, at, count);
    }
    for (const [field, at] of extras) {
      const count = call.usage[field];
      if (count !== undefined && count > 0) writeInt(attributes, at, Math.round(count));
    }
    if (convention !== undefined) writeText(attributes, conventionKey, convention);
    if (call.finishReasons !== undefined) writeTexts(attributes, finishReasons, call.finishReasons);
    if (call.tags !== undefined) writeTexts(attributes, tags, call.tags);
    if (call.timeToFirstChunk !== undefined) {
      writeDouble(attributes, firstChunk, call.timeToFirstChunk);
    }
    if (call.stream === true && attributes.boolean(stream) !== true) {
      attributes.setBoolean(stream, true);
    }
  };
}
