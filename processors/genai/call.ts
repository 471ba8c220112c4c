import type { Kind } from './operation.ts';
import { clearUsage, createUsage, type FieldAccess, type Usage, type UsageRule } from './usage.ts';

/** Texts of a call that dialects read, by field. */
export interface CallTexts {
  operation: string | undefined;
  provider: string | undefined;
  requestModel: string | undefined;
  responseModel: string | undefined;
  responseId: string | undefined;
  conversationId: string | undefined;
  sessionId: string | undefined;
  userId: string | undefined;
  tenantId: string | undefined;
  agentId: string | undefined;
  agentName: string | undefined;
  toolName: string | undefined;
  toolCallId: string | undefined;
  workflowName: string | undefined;
  promptName: string | undefined;
  promptVersion: string | undefined;
  serviceTier: string | undefined;
  errorType: string | undefined;
}

/** Values that stand under their canonical keys in their canonical types, so that they need not be written again. */
export interface Standing {
  readonly texts: CallTexts;
  readonly counts: Usage;
  finishReasons: readonly string[] | undefined;
  /** Whether a canonical count holds what is none: negative, NaN, or a word. */
  hasBadCount: boolean;
}

/**
 * What one span says about a call, whatever dialect it is written in. One object serves span after span: readers fill
 * fields that are still undefined, so that the first source wins.
 */
export interface Call extends CallTexts {
  kind: Kind | undefined;
  finishReasons: string[] | undefined;
  tags: string[] | undefined;
  /** Seconds from the start to the first chunk of a streamed answer. */
  timeToFirstChunk: number | undefined;
  stream: boolean | undefined;
  /** Length of the call, where the span is a mark at its end. */
  durationMs: number | undefined;
  /** USD, as the emitter reported it; never 0. */
  providedCost: number | undefined;
  readonly usage: Usage;
  /** What the dialect knows about its own counts; the rule table answers where it is undefined. */
  usageRule: UsageRule | undefined;
  /** Whether the usage repeats or sums that of other spans, whatever the kind says. */
  isAggregate: boolean;
  /** Whether the emitter guessed the counts instead of reading them from the provider's answer. */
  isEstimated: boolean;
  /** As the span came. */
  readonly standing: Standing;
}

function createTexts(): CallTexts {
  return {
    operation: undefined,
    provider: undefined,
    requestModel: undefined,
    responseModel: undefined,
    responseId: undefined,
    conversationId: undefined,
    sessionId: undefined,
    userId: undefined,
    tenantId: undefined,
    agentId: undefined,
    agentName: undefined,
    toolName: undefined,
    toolCallId: undefined,
    workflowName: undefined,
    promptName: undefined,
    promptVersion: undefined,
    serviceTier: undefined,
    errorType: undefined,
  };
}

/** An empty call. Written out, because an object that is spread from others is slow to read. */
export function createCall(): Call {
  return {
    operation: undefined,
    provider: undefined,
    requestModel: undefined,
    responseModel: undefined,
    responseId: undefined,
    conversationId: undefined,
    sessionId: undefined,
    userId: undefined,
    tenantId: undefined,
    agentId: undefined,
    agentName: undefined,
    toolName: undefined,
    toolCallId: undefined,
    workflowName: undefined,
    promptName: undefined,
    promptVersion: undefined,
    serviceTier: undefined,
    errorType: undefined,
    kind: undefined,
    finishReasons: undefined,
    tags: undefined,
    timeToFirstChunk: undefined,
    stream: undefined,
    durationMs: undefined,
    providedCost: undefined,
    usage: createUsage(),
    usageRule: undefined,
    isAggregate: false,
    isEstimated: false,
    standing: {
      texts: createTexts(),
      counts: createUsage(),
      finishReasons: undefined,
      hasBadCount: false,
    },
  };
}

/** Empties a call for the next span. */
export function clearCall(call: Call): void {
  clearTexts(call);
  call.kind = undefined;
  call.finishReasons = undefined;
  call.tags = undefined;
  call.timeToFirstChunk = undefined;
  call.stream = undefined;
  call.durationMs = undefined;
  call.providedCost = undefined;
  clearUsage(call.usage);
  call.usageRule = undefined;
  call.isAggregate = false;
  call.isEstimated = false;
  clearStanding(call.standing);
}

function clearStanding(standing: Standing): void {
  clearTexts(standing.texts);
  clearUsage(standing.counts);
  standing.finishReasons = undefined;
  standing.hasBadCount = false;
}

function clearTexts(texts: CallTexts): void {
  texts.operation = undefined;
  texts.provider = undefined;
  texts.requestModel = undefined;
  texts.responseModel = undefined;
  texts.responseId = undefined;
  texts.conversationId = undefined;
  texts.sessionId = undefined;
  texts.userId = undefined;
  texts.tenantId = undefined;
  texts.agentId = undefined;
  texts.agentName = undefined;
  texts.toolName = undefined;
  texts.toolCallId = undefined;
  texts.workflowName = undefined;
  texts.promptName = undefined;
  texts.promptVersion = undefined;
  texts.serviceTier = undefined;
  texts.errorType = undefined;
}

/** Access to the texts of a call by field: a field whose name is known only at run time is several times slower to reach. */
export const textAccess: Readonly<Record<keyof CallTexts, FieldAccess<CallTexts, string>>> = {
  operation: { get: (c) => c.operation, set: (c, v) => (c.operation = v) },
  provider: { get: (c) => c.provider, set: (c, v) => (c.provider = v) },
  requestModel: { get: (c) => c.requestModel, set: (c, v) => (c.requestModel = v) },
  responseModel: { get: (c) => c.responseModel, set: (c, v) => (c.responseModel = v) },
  responseId: { get: (c) => c.responseId, set: (c, v) => (c.responseId = v) },
  conversationId: { get: (c) => c.conversationId, set: (c, v) => (c.conversationId = v) },
  sessionId: { get: (c) => c.sessionId, set: (c, v) => (c.sessionId = v) },
  userId: { get: (c) => c.userId, set: (c, v) => (c.userId = v) },
  tenantId: { get: (c) => c.tenantId, set: (c, v) => (c.tenantId = v) },
  agentId: { get: (c) => c.agentId, set: (c, v) => (c.agentId = v) },
  agentName: { get: (c) => c.agentName, set: (c, v) => (c.agentName = v) },
  toolName: { get: (c) => c.toolName, set: (c, v) => (c.toolName = v) },
  toolCallId: { get: (c) => c.toolCallId, set: (c, v) => (c.toolCallId = v) },
  workflowName: { get: (c) => c.workflowName, set: (c, v) => (c.workflowName = v) },
  promptName: { get: (c) => c.promptName, set: (c, v) => (c.promptName = v) },
  promptVersion: { get: (c) => c.promptVersion, set: (c, v) => (c.promptVersion = v) },
  serviceTier: { get: (c) => c.serviceTier, set: (c, v) => (c.serviceTier = v) },
  errorType: { get: (c) => c.errorType, set: (c, v) => (c.errorType = v) },
};
