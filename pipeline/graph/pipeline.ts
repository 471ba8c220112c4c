import type { Logger } from '../component/context.ts';
import type { Reducer } from '../component/connector.ts';
import type { Verdict } from '../component/verdict.ts';
import { LogFullError } from '../log/log.ts';
import type { Log } from '../log/log.ts';
import type { Consumed, Consumer } from '../stage/consumer.ts';
import type { StageSink } from '../stage/stage.ts';
import type { StageAnswer } from '../stage/task.ts';
import type { PipelineLedger } from './pipeline-ledger.ts';
import { worstOf } from './fan-out.ts';
import { messageOf } from './lifecycles.ts';
import type { Signal } from '../component/signal.ts';

/** What stands at the end of a pipeline. */
export interface PipelineEnds {
  readonly signal: Signal;
  /** Absent where the pipeline ends in connectors alone: its promise is theirs. */
  readonly log: Log | undefined;
  /** Pipelines behind connectors that hand whole batches on. */
  readonly next: readonly Consumer[];
  /** Connectors that reduce what their maps made, by id. */
  readonly reducers: ReadonlyMap<string, Reducer>;
  readonly ledger: PipelineLedger;
  readonly logger: Logger;
}

/** A client that is refused for a full queue should come back when the sink may have caught up a little. */
const retryAfterMs = 2000;

/** What the stage of a pipeline does with its answers: append, hand on, and only then count and reduce. */
export function createPipelineSink(ends: PipelineEnds): StageSink {
  const { ledger, logger } = ends;
  return {
    refuse: (reason, requests) => {
      ledger.refusedRequests(reason, requests);
    },
    commit: async (answer, requests) => {
      for (const { component, error } of answer.failures ?? []) {
        logger.error('a component failed on a request, which is refused', { component, error });
      }
      const refusal = answer.items > 0 ? await store(ends, answer, requests) : undefined;
      ledger.passed(answer);
      if (refusal !== undefined) {
        ledger.refused(refusal.reason, answer.items, requests);
        return refusal.verdict;
      }
      ledger.stored(answer.items);
      reduce(ends, answer);
      return undefined;
    },
  };
}

/** The requests are stored by now: a reducer that throws must not make their senders repeat them. */
function reduce({ reducers, logger }: PipelineEnds, answer: StageAnswer): void {
  for (const { component, summary } of answer.summaries ?? []) {
    try {
      reducers.get(component)?.add(summary);
    } catch (error) {
      logger.error('a connector failed on a summary', {
        connector: component,
        error: messageOf(error),
      });
    }
  }
}

interface Refusal {
  readonly reason: 'log_full' | 'log_failed' | 'downstream';
  readonly verdict: Verdict;
}

async function store(
  ends: PipelineEnds,
  answer: StageAnswer,
  requests: number,
): Promise<Refusal | undefined> {
  const { log, next } = ends;
  if (log !== undefined) {
    try {
      const { bytes, items } = answer;
      const isExclusive = answer.isExclusive === true && next.length === 0;
      await log.append({ bytes, items, requests, isExclusive });
    } catch (error) {
      return toRefusal(error);
    }
  }
  if (next.length === 0) return undefined;
  const request = toRequest(ends.signal, answer.bytes);
  const { verdict }: Consumed = worstOf(
    await Promise.all(next.map((consumer) => consumer.consume(request))),
  );
  return verdict.kind === 'accepted' ? undefined : { reason: 'downstream', verdict };
}

function toRefusal(error: unknown): Refusal {
  const isFull = error instanceof LogFullError;
  const message = isFull ? error.message : 'the request could not be stored';
  return {
    reason: isFull ? 'log_full' : 'log_failed',
    verdict: { kind: 'unavailable', message, retryAfterMs },
  };
}

/** A request from inside: plain protobuf, of whatever size it got. */
export function toRequest(signal: Signal, body: Uint8Array): Parameters<Consumer['consume']>[0] {
  return {
    signal,
    body,
    encoding: 'protobuf',
    compression: 'identity',
    maxBytes: Infinity,
    stamps: [],
  };
}
