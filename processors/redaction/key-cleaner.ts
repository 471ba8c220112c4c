import { failedText } from './actions.ts';
import { uniteHits } from './hits.ts';
import type { Policy } from './policy.ts';
import { redactAll } from './redact-string.ts';
import { rememberByKey } from './remember.ts';
import type { Scanner } from './scanner.ts';
import { toScannable } from './scanner.ts';

/** Makes a function that takes what is personal out of keys, for summaries that name them. */
export function createKeyCleaner(scan: Scanner, policy: Policy): (key: string) => string {
  return rememberByKey((key) => {
    const { bytes, size } = toScannable(key);
    const { hits, failures } = scan({ bytes, size, keyAt: () => '' });
    const search = policy.ownPatterns.search();
    const found = hits.filter(({ entity }) => !search.note(entity, 0));
    const own = search.find(0, { bytes, start: 0, end: size });
    if (failures.length > 0 || own === undefined) return failedText;
    const united = uniteHits([...found, ...own]);
    if (united.length === 0) return key;
    return redactAll(
      { bytes, start: 0, end: size },
      united,
      scan,
      (finding) => `[${finding.toUpperCase()}]`,
    );
  });
}
