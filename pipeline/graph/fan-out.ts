import type { Verdict } from '../component/verdict.ts';
import type { Consumed, Consumer } from '../stage/consumer.ts';

/** How bad a verdict is. `unavailable` is worst: only then may the sender repeat, and repeating is what saves the data. */
const severity = { accepted: 0, too_large: 1, invalid: 2, unavailable: 3 } as const;

/**
 * The one answer for a request that went to several pipelines: the worst of theirs. Where one stored it and another could
 * not, the sender repeats it and the first stores it twice, as in the Collector; at-least-once holds for each.
 */
export function worstOf(results: readonly Consumed[]): Consumed {
  let worst: Consumed | undefined;
  for (const result of results) {
    if (worst === undefined || isWorse(result.verdict, worst.verdict)) worst = result;
  }
  if (worst === undefined) throw new Error('a request went to no pipeline');
  const items = Math.max(...results.map((result) => result.items));
  return { verdict: worst.verdict, items };
}

function isWorse(left: Verdict, right: Verdict): boolean {
  if (left.kind === 'accepted' && right.kind === 'accepted') {
    return left.rejectedItems > right.rejectedItems;
  }
  return severity[left.kind] > severity[right.kind];
}

/** One consumer for several: all get the request, and all are waited for. */
export function fanOut(consumers: readonly Consumer[]): Consumer {
  const [only] = consumers;
  if (consumers.length === 1 && only !== undefined) return only;
  return {
    consume: async (request) =>
      worstOf(await Promise.all(consumers.map((consumer) => consumer.consume(request)))),
  };
}
