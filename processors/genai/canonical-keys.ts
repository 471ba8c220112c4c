import type { Key, Keys } from '../../pipeline/batch/key.ts';
import type { CallTexts } from './call-texts.ts';
import type { Usage } from './usage.ts';

/** A canonical key and the one under which the emitter's own value is kept where it was another. */
export interface CanonicalKey {
  readonly key: Key;
  readonly original: Key;
}

/** Interns a canonical key. */
export function canonicalKey(keys: Keys, name: string): CanonicalKey {
  return { key: keys.key(name), original: keys.key(`genai.original.${name}`) };
}

/** Where the texts of a call are written (`docs/contract.md` §4). */
export type TextKeys = Readonly<Record<keyof CallTexts, CanonicalKey>>;

/** Interns the keys of texts. Written out, because an object that is built entry by entry is slow to read. */
export function textKeys(keys: Keys): TextKeys {
  const at = (name: string): CanonicalKey => canonicalKey(keys, name);
  return {
    operation: at('gen_ai.operation.name'),
    provider: at('gen_ai.provider.name'),
    requestModel: at('gen_ai.request.model'),
    responseModel: at('gen_ai.response.model'),
    responseId: at('gen_ai.response.id'),
    conversationId: at('gen_ai.conversation.id'),
    sessionId: at('genai.session.id'),
    userId: at('genai.user.id'),
    tenantId: at('genai.tenant.id'),
    agentId: at('gen_ai.agent.id'),
    agentName: at('gen_ai.agent.name'),
    toolName: at('gen_ai.tool.name'),
    toolCallId: at('gen_ai.tool.call.id'),
    workflowName: at('gen_ai.workflow.name'),
    promptName: at('gen_ai.prompt.name'),
    promptVersion: at('gen_ai.prompt.version'),
    serviceTier: at('genai.service_tier'),
    errorType: at('error.type'),
  };
}

/** Counts that every call may have; the others are rare. */
export type CountField = 'input' | 'output' | 'cacheRead' | 'cacheWrite' | 'reasoning';

/** Where the counts of a call are written. */
export type CountKeys = Readonly<Record<CountField, CanonicalKey>>;

/** Interns the keys of counts. */
export function countKeys(keys: Keys): CountKeys {
  const at = (name: string): CanonicalKey => canonicalKey(keys, name);
  return {
    input: at('gen_ai.usage.input_tokens'),
    output: at('gen_ai.usage.output_tokens'),
    cacheRead: at('gen_ai.usage.cache_read.input_tokens'),
    cacheWrite: at('gen_ai.usage.cache_write.input_tokens'),
    reasoning: at('gen_ai.usage.reasoning.output_tokens'),
  };
}

/** Where the other counts are written, if they are above 0: most calls have none, and emitters send zeros. */
export type ExtraKeys = Readonly<Record<Exclude<keyof Usage, CountField | 'total'>, CanonicalKey>>;

/** Interns the keys of the other counts. */
export function extraKeys(keys: Keys): ExtraKeys {
  const at = (name: string): CanonicalKey => canonicalKey(keys, `genai.usage.${name}`);
  return {
    cacheWrite5m: at('cache_write_5m_tokens'),
    cacheWrite1h: at('cache_write_1h_tokens'),
    inputAudio: at('input_audio_tokens'),
    outputAudio: at('output_audio_tokens'),
    inputImage: at('input_image_tokens'),
    outputImage: at('output_image_tokens'),
    webSearches: at('web_searches'),
    audioSeconds: at('audio_seconds'),
  };
}

/** Where the finish reasons of a call are written. */
export const finishReasonsName = 'gen_ai.response.finish_reasons';

const otherNames: ReadonlySet<string> = new Set([
  finishReasonsName,
  'gen_ai.request.stream',
  'gen_ai.response.time_to_first_chunk',
  'gen_ai.usage.cost',
  'genai.tags',
]);

/** Whether a name is one under which the processor writes fields of a call. */
export function isCanonicalName(name: string): boolean {
  return otherNames.has(name) || canonicalNames.has(name);
}

const named: Keys = { key: (name) => ({ id: -1, name }) };

const canonicalNames: ReadonlySet<string> = new Set(
  [textKeys(named), countKeys(named), extraKeys(named)].flatMap((keys) =>
    Object.values(keys).map(({ key }: CanonicalKey) => key.name),
  ),
);
