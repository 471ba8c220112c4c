import { failedText } from './actions.ts';
import { uniteHits } from './hits.ts';
import type { Policy } from './policy.ts';
import { spliceText } from './redact-text.ts';
import type { Scanner } from './scanner.ts';
import { toScannable } from './scanner.ts';

/** Keys that are remembered; they come from outside and may be many. */
const maxRemembered = 4096;

/** Makes a function that takes what is personal out of keys, for summaries that name them. */
export function createKeyCleaner(scan: Scanner, policy: Policy): (key: string) => string {
  const cleaned = new Map<string, string>();
  return (key) => {
    const known = cleaned.get(key);
    if (known !== undefined) return known;
    const { bytes, size } = toScannable(key);
    const { hits, failures } = scan({ bytes, size, keyAt: () => '' });
    const search = policy.ownPatterns.search();
    const found = hits.filter(({ entity }) => !search.note(entity, 0));
    const own = search.find(0, { bytes, start: 0, end: size });
    const united = uniteHits([...found, ...(own ?? [])]);
    const clean =
      failures.length > 0 || own === undefined
        ? failedText
        : spliceText(
            { bytes, start: 0, end: size },
            united,
            (finding) => `[${finding.toUpperCase()}]`,
          );
    if (cleaned.size >= maxRemembered) cleaned.clear();
    cleaned.set(key, clean);
    return clean;
  };
}
