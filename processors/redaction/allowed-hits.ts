import type { Finding } from './entity.ts';
import type { Hit } from './hits.ts';
import { uniteHits } from './hits.ts';
import type { Policy } from './policy.ts';
import { presets } from './presets.ts';

/** What becomes of the hits in a text. */
export interface Settled {
  /** Hits to be replaced, ascending and apart. */
  readonly kept: Hit[];
  /** True where a value, or a part of it, stays because the user allows it. */
  readonly letsBe: boolean;
}

/**
 * Takes out the hits that the user allows, each by itself, and unites the others: an allowed address does not let the term
 * of a deny list in it stay, nor the credentials in front of it.
 */
export function settleHits(
  bytes: Uint8Array,
  hits: readonly Hit[],
  policy: Pick<Policy, 'isAllowed'>,
): Settled {
  const allowed = hits.filter((hit) => policy.isAllowed(bytes, hit));
  if (allowed.length === 0) return { kept: uniteHits(hits), letsBe: false };
  const excused = new Set(groupsOf(allowed).flatMap(excusedOf));
  const kept = uniteHits(hits.filter((hit) => !excused.has(hit)));
  const letsBe = coveredBytes(uniteHits([...kept, ...excused])) > coveredBytes(kept);
  return { kept, letsBe };
}

const secrets: ReadonlySet<Finding> = new Set<Finding>(presets.secrets);

/** What allows addresses says nothing of a password that reads like one. */
function excusedOf(group: readonly Hit[]): readonly Hit[] {
  const others = group.filter(({ entity }) => !secrets.has(entity));
  return others.length === 0 ? group : others;
}

/** Hits that overlap, group by group. */
function groupsOf(hits: readonly Hit[]): Hit[][] {
  const groups: Hit[][] = [];
  let end = -1;
  for (const hit of [...hits].sort((a, b) => a.start - b.start)) {
    if (hit.start < end) groups.at(-1)?.push(hit);
    else groups.push([hit]);
    end = Math.max(end, hit.end);
  }
  return groups;
}

function coveredBytes(hits: readonly Hit[]): number {
  return hits.reduce((sum, { start, end }) => sum + end - start, 0);
}
