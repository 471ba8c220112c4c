import { failedText } from './actions.ts';
import type { Detector } from './detector.ts';
import type { Finding } from './entity.ts';
import type { Hit } from './hits.ts';
import { uniteHits } from './hits.ts';
import { isGate } from './own-patterns.ts';
import type { Rewritten } from './redact-again.ts';
import { redactAgain } from './redact-again.ts';
import type { TextSpan } from './redact-text.ts';
import { spliceText } from './redact-text.ts';
import type { Scanner } from './scanner.ts';
import { createScanner, toScannable } from './scanner.ts';

/** Replaces hits (ascending, apart) in a text that stands in no attribute, and what comes to light beside them. */
export function redactAll(
  span: TextSpan,
  hits: readonly Hit[],
  scan: Scanner,
  replace: (finding: Finding, value: string) => string,
): string {
  let bytes: Uint8Array | undefined;
  const spliceInto = (from: TextSpan, found: readonly Hit[]): Rewritten => {
    const spliced = spliceText(from, found, ({ entity }, value) => replace(entity, value));
    bytes = spliced.bytes;
    return { ...spliced, index: 0, lead: '', keys: '' };
  };
  redactAgain([spliceInto(span, hits)], {
    scan,
    replace: (last, more) => {
      // What the gates of the user's patterns report is no value.
      const found = uniteHits(more.filter(({ entity }) => !isGate(entity)));
      const from = { bytes: last.bytes, start: 0, end: last.bytes.length };
      return found.length === 0 ? undefined : spliceInto(from, found);
    },
    fail: () => {
      bytes = undefined;
    },
  });
  return bytes === undefined ? failedText : Buffer.from(bytes).toString();
}

/** Makes a function that redacts single texts: the whole path of the processor without a batch, for tests. */
export function createRedactString(
  detectors: readonly Detector[],
  replace: (finding: Finding, value: string) => string = (finding) => `[${finding.toUpperCase()}]`,
): (text: string) => string {
  const scan = createScanner(detectors);
  return (text) => {
    const { bytes, size } = toScannable(text);
    const hits = uniteHits(scan({ bytes, size, keyAt: () => '' }).hits);
    const span = { bytes, start: 0, end: size };
    return hits.length === 0 ? text : redactAll(span, hits, scan, replace);
  };
}
