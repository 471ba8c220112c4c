import {
  type AttributeTemplate,
  createAttributeTemplate,
} from '../../pipeline/batch/attribute-template.ts';
import type { Attributes, Item } from '../../pipeline/batch/batch.ts';
import type { Key, Keys } from '../../pipeline/batch/key.ts';
import { toJson } from '../../pipeline/batch/value-json.ts';
import type { Call } from './call.ts';
import {
  canonicalKey,
  type CanonicalKey,
  countKeys,
  extraKeys,
  finishReasonsName,
  textKeys,
} from './canonical-keys.ts';
import { readCount } from './loose.ts';
import type { Kind } from './operation.ts';
import type { Convention } from './usage.ts';
import { toJsonText } from './usage-object.ts';

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

/** Writes a canonical call beside the emitter's attributes. */
export type WriteCall = (
  span: Item,
  call: Call,
  dialect: string,
  convention: Convention | undefined,
) => void;

/** Creates the writer of a worker. */
export function createCallWriter(keys: Keys): WriteCall {
  const fillTexts = createTextWriter(keys);
  const fillCounts = createCountWriter(keys);
  const finishReasons = canonicalKey(keys, finishReasonsName);
  const firstChunk = canonicalKey(keys, 'gen_ai.response.time_to_first_chunk');
  const tags = canonicalKey(keys, 'genai.tags');
  const writeSort = createSortWriter(keys);
  const stream = keys.key('gen_ai.request.stream');
  return ({ attributes }, call, dialect, convention) => {
    writeSort(attributes, { dialect, kind: call.kind, convention });
    fillTexts(attributes, call);
    fillCounts(attributes, call);
    const reasons = call.finishReasons;
    if (reasons !== undefined && reasons !== call.standing.finishReasons) {
      writeTexts(attributes, finishReasons, reasons);
    }
    if (call.tags !== undefined) writeTexts(attributes, tags, call.tags);
    if (call.timeToFirstChunk !== undefined) {
      writeDouble(attributes, firstChunk, call.timeToFirstChunk);
    }
    if (call.stream === true && attributes.boolean(stream) !== true) {
      attributes.setBoolean(stream, true);
    }
  };
}

/** What sort of span it is: three attributes that whole runs of spans share. */
interface Sort {
  readonly dialect: string;
  readonly kind: Kind | undefined;
  readonly convention: Convention | undefined;
}

function createSortWriter(keys: Keys): (attributes: Attributes, sort: Sort) => void {
  const dialectAt = canonicalKey(keys, 'genai.dialect');
  const kindAt = canonicalKey(keys, 'genai.kind');
  const conventionAt = canonicalKey(keys, 'genai.usage.convention');
  const templates = new Map<string, AttributeTemplate>();
  let last: { readonly sort: Sort; readonly template: AttributeTemplate } | undefined;

  // All three are closed sets, which bounds the map.
  const templateOf = (sort: Sort): AttributeTemplate => {
    const { dialect, kind, convention } = sort;
    const name = `${dialect} ${kind ?? ''} ${convention ?? ''}`;
    let template = templates.get(name);
    if (template === undefined) {
      template = createAttributeTemplate(keys, [
        [dialectAt.key, dialect],
        ...(kind === undefined ? [] : [[kindAt.key, kind] as const]),
        ...(convention === undefined ? [] : [[conventionAt.key, convention] as const]),
      ]);
      templates.set(name, template);
    }
    last = { sort, template };
    return template;
  };

  return (attributes, sort) => {
    const template =
      last !== undefined && isSame(last.sort, sort) ? last.template : templateOf(sort);
    if (attributes.append(template)) return;
    const { dialect, kind, convention } = sort;
    writeText(attributes, dialectAt, dialect);
    if (kind !== undefined) writeText(attributes, kindAt, kind);
    if (convention !== undefined) writeText(attributes, conventionAt, convention);
  };
}

function isSame(a: Sort, b: Sort): boolean {
  return a.dialect === b.dialect && a.kind === b.kind && a.convention === b.convention;
}

type WriteFields = (attributes: Attributes, call: Call) => void;

/** Field by field rather than in a loop: reading an object under names that vary costs ten times as much. */
function createTextWriter(keys: Keys): WriteFields {
  const at = textKeys(keys);
  return (attributes, call) => {
    const { texts } = call.standing;
    fillText(attributes, at.operation, call.operation, texts.operation);
    fillText(attributes, at.provider, call.provider, texts.provider);
    fillText(attributes, at.requestModel, call.requestModel, texts.requestModel);
    fillText(attributes, at.responseModel, call.responseModel, texts.responseModel);
    fillText(attributes, at.responseId, call.responseId, texts.responseId);
    fillText(attributes, at.conversationId, call.conversationId, texts.conversationId);
    fillText(attributes, at.sessionId, call.sessionId, texts.sessionId);
    fillText(attributes, at.userId, call.userId, texts.userId);
    fillText(attributes, at.tenantId, call.tenantId, texts.tenantId);
    fillText(attributes, at.agentId, call.agentId, texts.agentId);
    fillText(attributes, at.agentName, call.agentName, texts.agentName);
    fillText(attributes, at.toolName, call.toolName, texts.toolName);
    fillText(attributes, at.toolCallId, call.toolCallId, texts.toolCallId);
    fillText(attributes, at.workflowName, call.workflowName, texts.workflowName);
    fillText(attributes, at.promptName, call.promptName, texts.promptName);
    fillText(attributes, at.promptVersion, call.promptVersion, texts.promptVersion);
    fillText(attributes, at.serviceTier, call.serviceTier, texts.serviceTier);
    fillText(attributes, at.errorType, call.errorType, texts.errorType);
  };
}

function fillText(
  attributes: Attributes,
  at: CanonicalKey,
  value: string | undefined,
  standing: string | undefined,
): void {
  if (value !== undefined && value !== standing) writeText(attributes, at, value);
}

function createCountWriter(keys: Keys): WriteFields {
  const at = countKeys(keys);
  const extra = extraKeys(keys);
  const common = Object.values(at);
  const withdrawBad = (attributes: Attributes): void => {
    for (const key of common) {
      const kind = attributes.kind(key.key);
      if (kind !== undefined && readCount(attributes, key.key) === undefined) {
        withdraw(attributes, key);
      }
    }
  };
  return (attributes, { usage, standing: { counts, hasBadCount } }) => {
    if (hasBadCount) withdrawBad(attributes);
    fillCount(attributes, at.input, usage.input, counts.input);
    fillCount(attributes, at.output, usage.output, counts.output);
    fillCount(attributes, at.cacheRead, usage.cacheRead, counts.cacheRead);
    fillCount(attributes, at.cacheWrite, usage.cacheWrite, counts.cacheWrite);
    fillCount(attributes, at.reasoning, usage.reasoning, counts.reasoning);
    fillExtra(attributes, extra.cacheWrite5m, usage.cacheWrite5m);
    fillExtra(attributes, extra.cacheWrite1h, usage.cacheWrite1h);
    fillExtra(attributes, extra.inputAudio, usage.inputAudio);
    fillExtra(attributes, extra.outputAudio, usage.outputAudio);
    fillExtra(attributes, extra.inputImage, usage.inputImage);
    fillExtra(attributes, extra.outputImage, usage.outputImage);
    fillExtra(attributes, extra.webSearches, usage.webSearches);
    fillExtra(attributes, extra.audioSeconds, usage.audioSeconds);
  };
}

function fillCount(
  attributes: Attributes,
  at: CanonicalKey,
  value: number | undefined,
  standing: number | undefined,
): void {
  if (value !== undefined && value !== standing) writeInt(attributes, at, value);
}

/** Zeros are not written: most calls have none of these, and emitters send zeros. */
function fillExtra(attributes: Attributes, at: CanonicalKey, value: number | undefined): void {
  if (value !== undefined && value > 0) writeInt(attributes, at, Math.round(value));
}
