import type { Finding } from './entity.ts';
import { entities } from './entity.ts';

/** One confirmed value, `start` to `end` (exclusive). */
export interface Hit {
  readonly entity: Finding;
  readonly start: number;
  readonly end: number;
}

const precedence = new Map<string, number>(entities.map((entity, index) => [entity, index]));

/**
 * Sorts hits and unites those that overlap, under the name that takes precedence: what any detector found is covered,
 * and no byte is replaced twice.
 */
export function uniteHits(hits: readonly Hit[]): Hit[] {
  if (hits.length < 2) return [...hits];
  const sorted = [...hits].sort((a, b) => a.start - b.start || b.end - a.end);
  const united: Hit[] = [];
  for (const hit of sorted) {
    const last = united.at(-1);
    if (last === undefined || hit.start >= last.end) united.push(hit);
    else united[united.length - 1] = unite(last, hit);
  }
  return united;
}

function unite(a: Hit, b: Hit): Hit {
  const winner = rank(b.entity) < rank(a.entity) ? b : a;
  return { entity: winner.entity, start: a.start, end: Math.max(a.end, b.end) };
}

/** What the user blocked himself comes before what we know. */
function rank(name: string): number {
  return precedence.get(name) ?? -1;
}
