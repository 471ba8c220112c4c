import type { CountField } from './canonical-keys.ts';
import type { Kind } from './operation.ts';
import { clearUsage, createUsage, type Usage, type UsageRule } from './usage.ts';

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
}

/** Values that stand under their canonical keys in their canonical types, so that they need not be written again. */
export interface Standing {
  readonly texts: CallTexts;
  readonly counts: Record<CountField, number | undefined>;
  finishReasons: readonly string[] | undefined;
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
  /** USD, as the emitter reported it; never 0. */
  providedCost: number | undefined;
  readonly usage: Usage;
  /** What the dialect knows about its own counts; the rule table answers where it is undefined. */
  usageRule: UsageRule | undefined;
  /** Whether the usage repeats or sums that of other spans, whatever the kind says. */
  isAggregate: boolean;
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
    kind: undefined,
    finishReasons: undefined,
    tags: undefined,
    timeToFirstChunk: undefined,
    stream: undefined,
    providedCost: undefined,
    usage: createUsage(),
    usageRule: undefined,
    isAggregate: false,
    standing: {
      texts: createTexts(),
      counts: {
        input: undefined,
        output: undefined,
        cacheRead: undefined,
        cacheWrite: undefined,
        reasoning: undefined,
      },
      finishReasons: undefined,
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
  call.providedCost = undefined;
  clearUsage(call.usage);
  call.usageRule = undefined;
  call.isAggregate = false;
  clearStanding(call.standing);
}

function clearStanding(standing: Standing): void {
  clearTexts(standing.texts);
  const { counts } = standing;
  counts.input = undefined;
  counts.output = undefined;
  counts.cacheRead = undefined;
  counts.cacheWrite = undefined;
  counts.reasoning = undefined;
  standing.finishReasons = undefined;
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
}
