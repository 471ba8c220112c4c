import type { Attributes, Item } from '../../pipeline/batch/batch.ts';
import type { Keys } from '../../pipeline/batch/key.ts';
import type { Call } from './call.ts';
import {
  canonicalKey,
  type CanonicalKey,
  countKeys,
  extraKeys,
  textKeys,
} from './canonical-keys.ts';
import { readCount } from './loose.ts';
import { createSharedWriter } from './shared-writer.ts';
import type { Convention } from './usage.ts';
import { withdraw, writeDouble, writeInt, writeText, writeTexts } from './write-value.ts';

/** Writes a canonical call beside the emitter's attributes. */
export type WriteCall = (
  span: Item,
  call: Call,
  dialect: string,
  convention: Convention | undefined,
) => void;

/** Creates the writer of a worker. */
export function createCallWriter(keys: Keys): WriteCall {
  const writeShared = createSharedWriter(keys);
  const fillTexts = createTextWriter(keys);
  const fillCounts = createCountWriter(keys);
  const firstChunk = canonicalKey(keys, 'gen_ai.response.time_to_first_chunk');
  const tags = canonicalKey(keys, 'genai.tags');
  const stream = keys.key('gen_ai.request.stream');
  return ({ attributes }, call, dialect, convention) => {
    writeShared(attributes, call, dialect, convention);
    fillTexts(attributes, call);
    fillCounts(attributes, call);
    if (call.tags !== undefined) writeTexts(attributes, tags, call.tags);
    if (call.timeToFirstChunk !== undefined) {
      writeDouble(attributes, firstChunk, call.timeToFirstChunk);
    }
    if (call.stream === true && attributes.boolean(stream) !== true) {
      attributes.setBoolean(stream, true);
    }
  };
}

type WriteFields = (attributes: Attributes, call: Call) => void;

/** The texts that neighbours do not share. Field by field rather than in a loop: reading an object under names that vary costs ten times as much. */
function createTextWriter(keys: Keys): WriteFields {
  const at = textKeys(keys);
  return (attributes, call) => {
    const { texts } = call.standing;
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
