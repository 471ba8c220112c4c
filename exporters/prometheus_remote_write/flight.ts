import { delivered } from '../../pipeline/component/outcome.ts';
import type { Outcome } from '../../pipeline/component/outcome.ts';
import type { Credit } from '../../pipeline/deliver/patience.ts';
import type { Answer, Failure, Refusal } from './answer.ts';
import type { Lane } from './lanes.ts';
import type { Losses } from './losses.ts';
import { linesOf } from './series-lines.ts';
import type { SeriesWrite } from './series-tracker.ts';

/** What sending a slice needs. */
export interface FlightOptions {
  readonly lanes: readonly Lane[];
  readonly credit: Credit;
  readonly losses: Losses;
  send(writes: readonly SeriesWrite[], abort: AbortSignal): Promise<Answer>;
  /** Writes that the server found too far ahead, moved to its time; undefined where none are. */
  pullBack(writes: readonly SeriesWrite[]): readonly SeriesWrite[] | undefined;
}

/** A slice on its way: what is stored is not sent again, however often the slice is repeated. */
export interface Flight {
  /** Whether nothing is left to send. */
  readonly hasArrived: boolean;
  /** Sends what is left, every lane its requests one after the other; one attempt. Never rejects. */
  advance(abort: AbortSignal): Promise<Outcome>;
}

/** Begins to send a slice. */
export function createFlight(options: FlightOptions): Flight {
  const { credit, losses } = options;
  const run = async (lane: Lane, abort: AbortSignal): Promise<Failure | undefined> => {
    for (let [writes] = lane; writes !== undefined; [writes] = lane) {
      if (credit.isWorthSending) {
        const failure = settle(options, lane, await options.send(writes, abort));
        if (failure === undefined) continue;
        if (abort.aborted) halve(lane);
        return failure;
      } else {
        lane.shift();
        losses.add('rejected', countPoints(writes));
      }
    }
    return undefined;
  };
  return {
    get hasArrived() {
      return options.lanes.every(({ length }) => length === 0);
    },
    advance: async (abort) => {
      const failures = await Promise.all(options.lanes.map((lane) => run(lane, abort)));
      const failure = worstOf(failures.filter((one) => one !== undefined));
      if (failure !== undefined) return failure;
      const rejectedItems = losses.take();
      if (rejectedItems === 0) return delivered;
      return { kind: 'partial', rejectedItems, message: losses.words };
    },
  };
}

/** Takes an answer to the first request of a lane; what it returns ends the attempt. */
function settle(options: FlightOptions, lane: Lane, answer: Answer): Failure | undefined {
  const { credit, losses } = options;
  const writes = lane[0] ?? [];
  switch (answer.kind) {
    case 'taken':
    case 'partial': {
      credit.accepted();
      lane.shift();
      if (answer.kind === 'taken') return undefined;
      losses.add(answer.reason, missingPoints(writes, answer.missing), answer.message);
      return undefined;
    }
    case 'refused': {
      const moved = answer.reason === 'too_far_ahead' ? options.pullBack(writes) : undefined;
      if (moved === undefined) search(options, lane, answer);
      else lane[0] = [...moved];
      return undefined;
    }
    case 'too_large':
      search(options, lane, { reason: 'too_large', message: answer.message });
      return undefined;
    case 'unknown_protocol':
      return { kind: 'rejected', message: answer.message, blames: 'request' };
    case 'failed':
      return answer.outcome;
  }
}

/** Puts both halves in the place of what is refused, so that a series keeps its order; a single point is given up on. */
function search(
  { credit, losses }: FlightOptions,
  lane: Lane,
  { reason, message }: { readonly reason: Refusal; readonly message: string },
): void {
  const isPaid = reason === 'too_large' || credit.spend();
  if (isPaid && credit.isWorthSending && halve(lane)) return;
  losses.add(reason, countPoints(lane.shift() ?? []), message);
}

/**
 * Puts both halves in the place of the first request; false where that holds a single point. What got no answer in time is
 * sent in halves too: a server that is too slow for it would never get to the end of it.
 */
function halve(lane: Lane): boolean {
  const [writes = []] = lane;
  if (writes.length < 2) return false;
  const middle = Math.ceil(writes.length / 2);
  lane.splice(0, 1, writes.slice(0, middle), writes.slice(middle));
  return true;
}

/** What is to be repeated keeps the slice in flight; the others have ended theirs, and will not be sent again. */
function worstOf(failures: readonly Failure[]): Failure | undefined {
  const repeated = failures.filter((one) => one.kind === 'retryable');
  const [first] = repeated;
  if (first === undefined) return failures[0];
  const waits = repeated.map(({ retryAfterMs }) => retryAfterMs ?? 0);
  const retryAfterMs = Math.max(...waits);
  return retryAfterMs > 0 ? { ...first, retryAfterMs } : first;
}

function countPoints(writes: readonly SeriesWrite[]): number {
  return writes.reduce((sum, { point }) => sum + (point.isItem ? 1 : 0), 0);
}

/** A server of 2.0 counts samples, of which a histogram has many: as many points as have so many of them. */
function missingPoints(writes: readonly SeriesWrite[], missing: number): number {
  const samples = writes.reduce((sum, write) => sum + linesOf(write).length, 0);
  return Math.min(
    countPoints(writes),
    Math.max(1, Math.round((missing / samples) * writes.length)),
  );
}
