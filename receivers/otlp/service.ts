import type { ComponentContext, Logger } from '../../pipeline/component/context.ts';
import type { Ingress, IngressRequest } from '../../pipeline/component/receiver.ts';
import { failed, toAnswer } from './answers.ts';
import type { Answer } from './answers.ts';
import type { RequestCounters } from './metrics.ts';
import type { TakeStamps } from './stamps.ts';

/** What both protocols share. */
export interface ServiceDeps {
  readonly context: ComponentContext;
  readonly ingress: Ingress;
  readonly counters: RequestCounters;
  /** Absent where nothing is stamped. */
  readonly takeStamps: TakeStamps | undefined;
  /** Says where this protocol listens, once it does. */
  onListening(endpoint: string): void;
  /** Where the other protocol listens, for the log line that a wrong one gets. */
  otherEndpoint(): string;
}

/** Hands a request on and gives its answer; never rejects. */
export async function consume(deps: ServiceDeps, request: IngressRequest): Promise<Answer> {
  deps.counters.read(request.signal, request.body.length);
  try {
    return toAnswer(await deps.ingress.consume(request));
  } catch (error) {
    // INTERNAL or 500 would make the client drop what was not stored.
    deps.context.logger.error('a pipeline failed to answer', { error: String(error) });
    return { kind: 'refused', refusal: failed };
  }
}

/** Runs once however often it is called, and gives every caller the same promise. */
export function once(run: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  return () => (running ??= run());
}

/** How long calls in flight may go on once the receiver stops. */
const shutdownGraceMs = 5000;

/** Resolves when `done` does, or after the grace. */
export async function withinGrace(done: Promise<void>, logger: Logger): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(() => {
      logger.warn('calls in flight were cut off at shutdown');
      resolve();
    }, shutdownGraceMs);
  });
  await Promise.race([done, late]);
  clearTimeout(timer);
}
