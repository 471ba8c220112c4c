import type { SharedTable } from '../../pipeline/component/shared-table.ts';
import { TableKey } from '../../pipeline/component/table-key.ts';
import type { Call } from './call.ts';
import { textFields } from './call-texts.ts';
import { EntryTable } from './entry-table.ts';
import { isInference } from './operation.ts';
import { isUniqueResponseId } from './response-id.ts';
import { mergeByParents, mergeByResponseId, mergeByTime, winnerOf } from './merge-calls.ts';
import { addParent, addSpan, hasParent, parentValue, type SpanIds, spanValue } from './span-ids.ts';
import { hasUsage } from './usage.ts';

/**
 * What becomes of the cost of one span: nothing to say; `aggregate`, its usage repeats or sums that of other spans;
 * `duplicate`, another span shows the same call and carries its bill; `bill`, it is to be priced.
 */
type Bill = 'none' | 'aggregate' | 'duplicate' | 'bill';

/** One GenAI span of the batch that is being worked on. */
export interface Entry {
  readonly call: Call;
  ordinal: number;
  /** Name of the instrumentation scope. */
  scope: string;
  /** Whether the provider's own SDK wrote it, which counts first-hand what instrumentations read from its answers. */
  isFirstHand: boolean;
  readonly ids: SpanIds;
  startMs: number;
  endMs: number;
  /** Whether it has a response id that no other answer has, and that id. */
  isIdentified: boolean;
  readonly responseKey: TableKey;
  /** Whether its response id may be that of other calls too, and names it only together with its counts. */
  hasReusedId: boolean;
  /** Whether a cost is known for it, reported or computed. */
  isPriceable: boolean;
  bill: Bill;
  /** Id of the span that carries the bill of a duplicate, 0n where it is none. */
  duplicateOf: bigint;
  /** The entry of the same call that was found to know more; undefined while it is this one. */
  better: Entry | undefined;
  /** Tokens of the calls below it in this batch. */
  belowInput: number;
  belowOutput: number;
}

/**
 * What the shared table says of a call: it is this batch's, or one from before, or the call tells nothing that would be found
 * again. A closed set, because it is a metric label.
 */
export type Claim = 'own' | 'other' | 'none';

/** Decides for all entries of a batch and sets their `bill` and `duplicateOf`. */
export type SettleBills = (entries: readonly Entry[]) => void;

/**
 * Creates the billing of a worker. Among spans of a batch that show the same call (the same response id of the provider,
 * or a parent and its descendant with the same counts) the one that knows most is billed. Across batches, workers and
 * traces the one that came first is, by `billedCalls` (response id to span id), so that a repeated request bills the same
 * span again.
 */
export function createBilling(
  billedCalls: SharedTable,
  countClaim?: (result: Claim) => void,
): SettleBills {
  const table = new EntryTable<Entry>();
  const key = new TableKey();
  return (entries) => {
    const calls: Entry[] = [];
    for (const entry of entries) {
      entry.bill = firstGuess(entry.call);
      if (entry.bill !== 'bill') continue;
      readResponseKey(entry);
      calls.push(entry);
    }
    if (calls.length > 1) {
      mergeByResponseId(calls, table);
      mergeByTime(calls);
      mergeByParents(entries, calls, table);
    }
    for (const entry of calls) {
      if (entry.bill !== 'bill') continue;
      const claim = settle(entry, { calls, billedCalls, key });
      countClaim?.(claim);
    }
  };
}

const responseId = textFields.indexOf('responseId');

/**
 * Shorter ids are not random enough to be of one answer: KoboldCpp's is `chatcmpl-A1`, GPT4All's `foobarbaz`, for whatever
 * they answer. Those of providers have 22 bytes and more.
 */
const minRandomLength = 20;

/** Ids are looked at as they were sent: hardly one of them need become text. */
function readResponseKey(entry: Entry): void {
  const key = entry.responseKey.clear();
  entry.isIdentified = entry.call.texts.test(responseId, (bytes, start, end) => {
    key.bytes(bytes, start, end);
    entry.hasReusedId = end - start < minRandomLength;
    return isUniqueResponseId(bytes, start, end);
  });
}

function firstGuess(call: Call): Bill {
  const counted = hasUsage(call.usage) || call.providedCost !== undefined;
  if (isInference(call.kind) && !call.isAggregate) return 'bill';
  return counted ? 'aggregate' : 'none';
}

/** What is needed to settle the calls of a batch. */
interface Settling {
  readonly calls: readonly Entry[];
  readonly billedCalls: SharedTable;
  /** That of whatever is claimed at the moment. */
  readonly key: TableKey;
}

/** Claims the call of a winner for its span, in the name of every span that shows it; undone where another batch was first. */
function settle(entry: Entry, { calls, billedCalls, key }: Settling): Claim {
  const winner = winnerOf(entry);
  if (winner !== entry) {
    entry.bill = 'duplicate';
    entry.duplicateOf = spanValue(winner.ids);
  }
  const own = spanValue(winner.ids);
  // A span that cannot be priced leaves the call to one that can, and yields to one that was.
  const claimant = winner.isPriceable ? own : 0n;
  const above = claimAbove(entry, { billedCalls, key }, claimant);
  // A wrapper that tells no id of the provider's is found by the spans right below it, before or after it.
  const named = entry.isIdentified
    ? callNamed(entry, winner, key)
    : withCounts(entry, addSpan(entry.ids, key.clear()));
  const holder = claim(billedCalls, named, above ?? claimant);
  if (holder === 0n) return 'none';
  if (holder !== own) {
    billElsewhere(winner, holder, calls);
    return 'other';
  }
  return entry.isIdentified || winner !== entry ? 'own' : 'none';
}

/**
 * Claims a call in the name of the span right above it, for where that wraps the call. Says which span holds the bill where
 * the one above was billed before; undefined elsewhere, also where the claim is that of a sibling with the same counts.
 */
function claimAbove(
  entry: Entry,
  { billedCalls, key }: Pick<Settling, 'billedCalls' | 'key'>,
  claimant: bigint,
): bigint | undefined {
  if (!hasParent(entry.ids)) return undefined;
  const holder = claim(billedCalls, withCounts(entry, addParent(entry.ids, key.clear())), claimant);
  if (holder === claimant || holder === 0n) return undefined;
  return holder === parentValue(entry.ids) ? holder : undefined;
}

/** Who holds a call, after it was claimed; 0n as the claimant only looks. */
function claim(billedCalls: SharedTable, key: TableKey, claimant: bigint): bigint {
  return claimant === 0n ? billedCalls.get(key) : billedCalls.claim(key, claimant);
}

/** Names a call by its response id. */
function callNamed({ responseKey }: Entry, winner: Entry, key: TableKey): TableKey {
  key.copy(responseKey);
  return winner.hasReusedId ? withCounts(winner, key) : key;
}

/** Names a call by its counts, and by what names it already: its response id, or the span right above it. */
function withCounts({ call: { usage } }: Entry, key: TableKey): TableKey {
  return key.count(usage.input ?? 0).count(usage.output ?? 0);
}

/** Makes the spans of a call duplicates of the span that holds the claim, which may be one of them from an earlier run. */
function billElsewhere(winner: Entry, holder: bigint, calls: readonly Entry[]): void {
  const group = calls.filter((entry) => winnerOf(entry) === winner);
  const member = group.find((entry) => spanValue(entry.ids) === holder);
  if (member !== undefined) {
    member.better = undefined;
    winner.better = member;
  }
  for (const entry of group) {
    entry.bill = entry === member ? 'bill' : 'duplicate';
    entry.duplicateOf = holder;
  }
}
