import type { Detector } from './detector.ts';
import type { Finding } from './entity.ts';
import { uniteHits } from './hits.ts';
import { spliceText } from './redact-text.ts';
import { createScanner, toScannable } from './scanner.ts';

/** Makes a function that redacts single texts: the whole path of the processor without a batch, for tests. */
export function createRedactString(
  detectors: readonly Detector[],
  replace: (finding: Finding, value: string) => string = (finding) => `[${finding.toUpperCase()}]`,
): (text: string) => string {
  const scan = createScanner(detectors);
  return (text) => {
    const { bytes, size } = toScannable(text);
    const hits = uniteHits(scan({ bytes, size, keyAt: () => '' }).hits);
    return spliceText({ bytes, start: 0, end: size }, hits, replace);
  };
}
