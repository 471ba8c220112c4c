import type { Call } from './call.ts';
import { textFields } from './call-texts.ts';
import { toFinishReason } from './finish-reason.ts';
import { type Kind, kindOf, operationOf, toOperation } from './operation.ts';
import { inferProvider, toProvider } from './provider.ts';
import { type Convention, hasUsage, normaliseUsage } from './usage.ts';
import { createUsageRules, type Emitter, type FindUsageRule } from './usage-rules.ts';

/** Enough for the names of any fleet; a cache that hostile names fill starts over. */
const maxCachedNames = 1024;

/** By place, because a property that is found by name costs several times as much. */
const place = {
  operation: textFields.indexOf('operation'),
  provider: textFields.indexOf('provider'),
  requestModel: textFields.indexOf('requestModel'),
  responseModel: textFields.indexOf('responseModel'),
  session: textFields.indexOf('sessionId'),
  conversation: textFields.indexOf('conversationId'),
};

/** Turns what a dialect read into canonical values in place; returns what the emitter's counts had meant. */
export type Normalise = (call: Call, emitter: Emitter) => Convention | undefined;

/** Creates the normaliser of a worker; it remembers the names that it has seen. */
export function createNormaliser(): Normalise {
  const findRule = createUsageRules();
  const providers = remember(toProvider);
  const inferred = remember(inferProvider);
  const operations = remember(toOperation);
  const kinds = remember(kindOf);
  const reasons = remember(toFinishReason);
  const normaliseOperation = (call: Call): void => {
    const { texts } = call;
    const sent = texts.get(place.operation);
    let operation = sent === undefined ? undefined : operations(sent);
    if (operation !== undefined) call.kind ??= kinds(operation);
    if (call.kind === undefined && isUnnamedCall(call)) call.kind = unnamedKindOf(call);
    if (call.kind !== undefined) operation ??= operationOf(call.kind);
    if (operation !== sent) texts.set(place.operation, operation);
  };
  return (call, emitter) => {
    const { texts } = call;
    normaliseOperation(call);
    const sent = texts.get(place.provider);
    const named = sent === undefined ? undefined : providers(sent);
    const model = texts.get(place.responseModel) ?? texts.get(place.requestModel);
    const provider = named ?? (model === undefined ? undefined : inferred(model));
    if (provider !== sent) texts.set(place.provider, provider);
    texts.share(place.session, place.conversation);
    texts.share(place.conversation, place.session);
    if (call.finishReasons !== undefined) {
      call.finishReasons = toFinishReasons(call.finishReasons, reasons);
    }
    return normaliseCounts(call, emitter, findRule);
  };
}

/** The very same list where all of it is canonical, as it nearly always is. */
function toFinishReasons(
  list: string[],
  toReason: (reason: string) => string | undefined,
): string[] {
  for (const reason of list) {
    if (toReason(reason) !== reason) return list.map((other) => toReason(other) ?? other);
  }
  return list;
}

/** Tokens and a model, but no word of what was done: spans written by hand. */
function isUnnamedCall({ operation, usage, responseModel, requestModel }: Call): boolean {
  return (
    operation === undefined && (responseModel ?? requestModel) !== undefined && hasUsage(usage)
  );
}

/** Models that embed say so in their names, and answer without tokens. */
function unnamedKindOf({ usage, responseModel, requestModel }: Call): Kind {
  const isEmbedding = /embed/i.test(responseModel ?? requestModel ?? '');
  return isEmbedding && (usage.output ?? 0) === 0 ? 'embedding' : 'llm';
}

function normaliseCounts(
  call: Call,
  emitter: Emitter,
  findRule: FindUsageRule,
): Convention | undefined {
  const { usage } = call;
  if (usage.input === undefined && call.kind === 'embedding') usage.input = usage.total;
  if (!hasUsage(usage)) return undefined;
  return normaliseUsage(usage, call.usageRule ?? findRule(emitter, call.provider));
}

function remember<Meaning>(compute: (name: string) => Meaning | undefined) {
  const known = new Map<string, Meaning | undefined>();
  // Neighbours often say the same.
  let lastName = '';
  let last = compute('');
  return (name: string): Meaning | undefined => {
    if (name !== lastName) {
      last = find(name);
      lastName = name;
    }
    return last;
  };

  function find(name: string): Meaning | undefined {
    const value = known.get(name);
    if (value !== undefined || known.has(name)) return value;
    if (known.size >= maxCachedNames) known.clear();
    const computed = compute(name);
    known.set(name, computed);
    return computed;
  }
}
