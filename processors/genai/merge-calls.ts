import type { Entry } from './billing.ts';
import type { Call } from './call.ts';
import type { EntryTable } from './entry-table.ts';
import { getByParent, hasParent, isSameTrace, setBySpan } from './span-ids.ts';
import { hasUsage, type Usage } from './usage.ts';

/** Merges the calls that tell the same response id and are one. */
export function mergeByResponseId(calls: readonly Entry[], byId: EntryTable<Entry>): void {
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
export function mergeByTime(calls: readonly Entry[]): void {
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

/** Merges calls with the spans above them that show them again, and finds those that only sum what is below them. */
export function mergeByParents(
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

/** The entry that stands for the call of an entry: the one that knows most of it. */
export function winnerOf(entry: Entry): Entry {
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
