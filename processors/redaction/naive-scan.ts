import { isDigit, startsWord } from './bytes.ts';
import type { Detector, Report, Subject } from './detector.ts';
import { addWindow, widen } from './fold-window.ts';
import type { Hit } from './hits.ts';
import { toAsciiLowerCase } from './literal-table.ts';
import { createNumberRun, groupLength, groupStart, isPlain, readNumberRun } from './number-run.ts';
import type { ScanInput } from './scanner.ts';
import type { Unfolded } from './unfold.ts';
import { createUnfolded, hidesAt, unfold } from './unfold.ts';

/**
 * The scan without a prefilter: every detector at every offset, and once more in unfolded windows around what hides
 * something. It is what the scanner is tested against, and the baseline of its benchmark.
 */
export function naiveScan(detectors: readonly Detector[], input: ScanInput): Hit[] {
  const { bytes, size } = input;
  const keyAt = (offset: number): string => input.keyAt(offset);
  const hits = scanEvery(detectors, { bytes, size, keyAt, ...viewOf(bytes, size) });
  const windows: number[] = [];
  for (let at = 0; at < size; at++) if (hidesAt(bytes, at)) addWindow(windows, at);
  for (let index = 0; index < windows.length; index += 2) {
    const [from, to] = widen(bytes, windows[index] ?? 0, windows[index + 1] ?? 0, size);
    const unfolded = createUnfolded(to - from);
    unfold(bytes, from, to, unfolded);
    for (const hit of scanUnfolded(detectors, unfolded, keyAt)) hits.push(hit);
  }
  return hits;
}

function scanUnfolded(
  detectors: readonly Detector[],
  { bytes, size, starts, ends }: Unfolded,
  keyAt: (offset: number) => string,
): Hit[] {
  const inner = scanEvery(detectors, {
    bytes,
    size,
    keyAt: (offset) => keyAt(starts[offset] ?? 0),
    ...viewOf(bytes, size),
  });
  return inner.map(({ entity, start, end }) => ({
    entity,
    start: starts[start] ?? 0,
    end: ends[end - 1] ?? 0,
  }));
}

function viewOf(bytes: Uint8Array, size: number): Pick<Subject, 'text' | 'run'> {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, size).toString('latin1');
  return { text, run: createNumberRun() };
}

function scanEvery(detectors: readonly Detector[], subject: Subject): Hit[] {
  const hits: Hit[] = [];
  const report: Report = (entity, start, end) => {
    hits.push({ entity, start, end });
  };
  const numberDetectors = detectors.filter(
    ({ gate }) => gate.kind === 'number' || gate.kind === 'id',
  );
  const byFirstByte = detectorsByFirstByte(detectors);
  let numberEnd = 0;
  for (let at = 0; at < subject.size; at++) {
    for (const detector of byFirstByte[subject.bytes[at] ?? 0] ?? []) {
      if (opens(detector, subject, at)) detector.find(subject, at, report);
    }
    if (at >= numberEnd && isDigit(subject.bytes[at])) {
      numberEnd = scanRun(numberDetectors, subject, at, report);
    }
  }
  return hits;
}

const grouped = new WeakMap<readonly Detector[], (readonly Detector[])[]>();

/** For each byte the detectors that may have a place there: literals start with few bytes, and there are many literals. */
function detectorsByFirstByte(detectors: readonly Detector[]): (readonly Detector[])[] {
  const known = grouped.get(detectors);
  if (known !== undefined) return known;
  const firsts = detectors.map(({ gate }) => {
    if (gate.kind !== 'literal') return undefined;
    return new Set(gate.literals.map((literal) => literal.charCodeAt(0) | 0x20));
  });
  const lists = Array.from({ length: 256 }, (_, byte) =>
    detectors.filter((_detector, index) => firsts[index]?.has(byte | 0x20) !== false),
  );
  grouped.set(detectors, lists);
  return lists;
}

function scanRun(
  detectors: readonly Detector[],
  subject: Subject,
  at: number,
  report: Report,
): number {
  const { bytes, run } = subject;
  const end = readNumberRun(bytes, at, run);
  if (isPlain(bytes, run)) return end;
  for (let group = 0; group < run.count && groupStart(run, group) < end; group++) {
    for (const detector of detectors) {
      if (wants(detector, groupLength(run, group))) detector.find(subject, group, report);
    }
  }
  return end;
}

function wants({ gate }: Detector, length: number): boolean {
  return gate.kind !== 'number' || gate.lengths?.includes(length) !== false;
}

function opens({ gate }: Detector, { bytes, text }: Subject, at: number): boolean {
  switch (gate.kind) {
    case 'literal':
      return gate.literals.some((literal) => {
        if (gate.ignoreCase !== true) return text.startsWith(literal, at);
        return toAsciiLowerCase(text.slice(at, at + literal.length)) === literal;
      });
    case 'byte':
      return bytes[at] === gate.byte.charCodeAt(0);
    case 'number':
    case 'id':
      return false;
    case 'colon':
      return text[at] === ':';
    case 'hex_groups':
      return text[at] === '-' || text[at] === '.';
    case 'country':
      return /^[A-Za-z]{2}\d\d/.test(text.slice(at, at + 4));
    case 'base58':
      return (text[at] === '1' || text[at] === '3') && startsWord(bytes, at);
  }
}
