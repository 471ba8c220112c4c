import type { SharedTable } from '../../pipeline/component/shared-table.ts';
import { TableKey } from '../../pipeline/component/table-key.ts';
import type { Call } from './call.ts';
import { textFields } from './call-texts.ts';
import { EntryTable } from './entry-table.ts';
import { isInference } from './operation.ts';
import { isUniqueResponseId } from './response-id.ts';
import {
  addParent,
  addSpan,
  getByParent,
  hasParent,
  isSameTrace,
  parentValue,
  setBySpan,
  type SpanIds,
  spanValue,
} from './span-ids.ts';
import { hasUsage, type Usage } from './usage.ts';

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

function mergeByResponseId(calls: readonly Entry[], byId: EntryTable<Entry>): void {
  byId.clear(calls.length);
  // Calls that share an id and are not the same are rare: only they need a list.
  const reused = new Map<Entry, Entry[]>();
  for (const entry of calls) {
    if (!entry.isIdentified) continue;
    const { low, high } = entry.responseKey;
    const first = byId.get(low, high);
    if (first === undefined) {
      byId.set(low, high, entry);
      continue;
    }
    const others = reused.get(first) ?? [first];
    const same = others.find((other) => isSameCall(other, entry));
    if (same !== undefined) merge(same, entry);
    else reused.set(first, [...others, entry]);
  }
  for (const others of reused.values()) {
    for (const entry of others) winnerOf(entry).hasReusedId = true;
  }
}

/**
 * Whether two spans with one response id show one call. A server that replays recorded answers gives several calls the
 * same id: those neither overlap in time nor agree in their counts. A server whose ids are too short to be random answers
 * several calls at one time, each of which an instrumentation sees once.
 */
function isSameCall(a: Entry, b: Entry): boolean {
  const mayShareId = a.hasReusedId && a.scope === b.scope;
  if (!mayShareId && a.startMs <= b.endMs && b.startMs <= a.endMs) return true;
  if (!hasUsage(a.call.usage) || !hasUsage(b.call.usage)) return true;
  return haveSameCounts(a.call.usage, b.call.usage);
}

/** Calls with the same counts that are compared with each other; recorded answers that are replayed make many. */
const maxAlike = 64;

/**
 * Merges what two instrumentations of one process saw of a call that nothing else links: streams of LangChain's handlers
 * and of Logfire tell no response id and stand in traces of their own. The same counts, model and time, in two scopes of
 * which one tells no id, are one call.
 */
function mergeByTime(calls: readonly Entry[]): void {
  const [first] = calls;
  if (first === undefined || calls.every(({ scope }) => scope === first.scope)) return;
  const alike = new Map<string, Entry[]>();
  for (const entry of calls) {
    const { input, output } = entry.call.usage;
    if (input === undefined || input === 0) continue;
    const counts = `${input} ${output ?? 0}`;
    const others = alike.get(counts);
    if (others === undefined) {
      alike.set(counts, [entry]);
      continue;
    }
    const same = others.find((other) => isSeenTwice(other, entry, others));
    if (same !== undefined) merge(same, entry);
    if (others.length < maxAlike) others.push(entry);
  }
}

function isSeenTwice(a: Entry, b: Entry, alike: readonly Entry[]): boolean {
  if (a.scope === b.scope || winnerOf(a) === winnerOf(b)) return false;
  if (a.isIdentified && b.isIdentified) return false;
  if (!haveAlikeModels(a.call, b.call)) return false;
  const shared = Math.min(a.endMs, b.endMs) - Math.max(a.startMs, b.startMs);
  const longer = Math.max(a.endMs - a.startMs, b.endMs - b.startMs);
  if (shared * 2 <= longer) return false;
  // An instrumentation sees a call once: what another span of its scope was merged with is another call.
  return !alike.some((other) => other !== a && other !== b && isBetween(other, a, b));
}

function isBetween(other: Entry, a: Entry, b: Entry): boolean {
  if (other.scope !== a.scope && other.scope !== b.scope) return false;
  const winner = winnerOf(other);
  return (
    (other.scope === b.scope && winner === winnerOf(a)) ||
    (other.scope === a.scope && winner === winnerOf(b))
  );
}

/** `gpt-4o-mini` and `gpt-4o-mini-2024-07-18` are the name that was asked for and the one that answered. */
function haveAlikeModels(a: Call, b: Call): boolean {
  const one = a.responseModel ?? a.requestModel;
  const two = b.responseModel ?? b.requestModel;
  if (one === undefined || two === undefined) return false;
  return one.startsWith(two) || two.startsWith(one);
}

/** A chain of parents longer than this is a loop or an attack. */
const maxDepth = 64;

function mergeByParents(
  entries: readonly Entry[],
  calls: readonly Entry[],
  bySpan: EntryTable<Entry>,
): void {
  if (!calls.some(({ ids }) => hasParent(ids))) return;
  bySpan.clear(entries.length);
  for (const entry of entries) setBySpan(bySpan, entry.ids, entry);
  for (const entry of calls) {
    let above = parentOf(entry, bySpan);
    for (let depth = 0; above !== undefined && depth < maxDepth; depth++) {
      if (above === entry || !isSameTrace(above.ids, entry.ids)) break;
      if (above.bill === 'bill') relate(above, entry);
      above = parentOf(above, bySpan);
    }
  }
  for (const entry of calls) if (isSum(entry)) entry.bill = 'aggregate';
}

function parentOf({ ids }: Entry, bySpan: EntryTable<Entry>): Entry | undefined {
  return hasParent(ids) ? getByParent(bySpan, ids) : undefined;
}

function relate(above: Entry, below: Entry): void {
  if (haveSameCounts(above.call.usage, below.call.usage)) {
    // On a tie the call itself is billed rather than what wraps it.
    merge(below, above);
    return;
  }
  if (winnerOf(above) === winnerOf(below) || below.better !== undefined) return;
  above.belowInput += below.call.usage.input ?? 0;
  above.belowOutput += below.call.usage.output ?? 0;
}

function haveSameCounts(a: Usage, b: Usage): boolean {
  return hasUsage(a) && a.input === b.input && (a.output ?? 0) === (b.output ?? 0);
}

/** Whether its counts are those of the calls below it together: a loop over calls that looks like one. */
function isSum({ call, belowInput, belowOutput }: Entry): boolean {
  return belowInput > 0 && call.usage.input === belowInput && call.usage.output === belowOutput;
}

function winnerOf(entry: Entry): Entry {
  let winner = entry;
  while (winner.better !== undefined) winner = winner.better;
  return winner;
}

function merge(a: Entry, b: Entry): void {
  const first = winnerOf(a);
  const second = winnerOf(b);
  if (first === second) return;
  const keepFirst = richness(first) >= richness(second);
  const [winner, loser] = keepFirst ? [first, second] : [second, first];
  loser.better = winner;
  winner.hasReusedId ||= loser.hasReusedId;
}

const priceableWorth = 10_000;
const firstHandWorth = 1000;

/**
 * How much a span knows of its call: above all whether it can be priced, then whether it counts first-hand, then how many
 * kinds of tokens it tells apart.
 */
function richness(entry: Entry): number {
  let richness = entry.isPriceable ? priceableWorth : 0;
  if (entry.isFirstHand && hasUsage(entry.call.usage)) richness += firstHandWorth;
  for (const count of Object.values(entry.call.usage)) {
    if (count !== undefined) richness += count > 0 ? 10 : 1;
  }
  return richness;
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
