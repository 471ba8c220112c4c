import type { FallbackReason, Piece, Prefilter } from './candidate.ts';
import { marksOf, maxPiece, offsetOf } from './candidate.ts';
import type { Detector, Subject } from './detector.ts';
import type { GateTable } from './gate-table.ts';
import { createGateTable } from './gate-table.ts';
import { addWindow, widen } from './fold-window.ts';
import type { Hit } from './hits.ts';
import type { Look } from './look.ts';
import { lookAt } from './look.ts';
import type { NumberRun } from './number-run.ts';
import { createNumberRun } from './number-run.ts';
import type { PayloadKind } from './payload.ts';
import { payloadOf } from './payload.ts';
import { createPrefilter } from './prefilter.ts';
import type { Stretch } from './stretch.ts';
import { stretchesOf } from './stretch.ts';
import { outsideTags } from './tag-places.ts';
import type { Unfolded } from './unfold.ts';
import { createUnfolded, padding, unfold } from './unfold.ts';

/** What is scanned: `size` used bytes, NUL before the first and 128 of them behind the last. */
export interface ScanInput {
  readonly bytes: Uint8Array;
  readonly size: number;
  keyAt(offset: number): string;
  /** Milliseconds that the scan may take where that is less than its size allows. */
  readonly maxMs?: number;
}

/** What a scan found. */
interface ScanResult {
  /** Unsorted, and overlapping where detectors agree. */
  readonly hits: Hit[];
  /** Offsets whose text could not be scanned, because a detector threw there or the time was up. */
  readonly failures: number[];
  /** True where the time was up: what was left of the buffer has failures. */
  readonly isLate: boolean;
  /** Payloads that were passed over. */
  readonly skipped: Readonly<Record<PayloadKind, number>>;
  /** Why the scan was slower than it could be; undefined where it was not. */
  readonly fallback: FallbackReason | undefined;
}

/** Finds what its detectors know, in time linear in the size. Reuses its memory: one scan at a time. */
export type Scanner = (input: ScanInput) => ScanResult;

/** When to give up, and how far it is there. */
interface Clock {
  /** As `performance.now()` tells it. */
  readonly deadline: number;
  isLate: boolean;
  /** Candidates that were looked at. */
  looks: number;
}

/** A scan of one subject; offsets are the subject's. */
interface Scan {
  readonly subject: Subject;
  readonly hits: Hit[];
  readonly failures: number[];
  readonly clock: Clock;
  readonly look: Look;
}

/** What was found so far, by offsets of the input, and what is still to be unfolded of it. */
interface Progress {
  readonly input: ScanInput;
  readonly clock: Clock;
  readonly hits: Hit[];
  readonly failures: number[];
  readonly windows: number[];
  readonly skipped: Record<PayloadKind, number>;
}

/** What stays the same from scan to scan. */
interface Means {
  readonly gates: GateTable;
  readonly prefilter: Prefilter;
  readonly run: NumberRun;
}

/** What of a scanner is not settled by its detectors. */
export interface ScannerOptions {
  /** Milliseconds that a scan of so many bytes may take. */
  readonly budgetMs?: (size: number) => number;
  /** Finds candidates; the kernel where it runs, unless said otherwise. */
  readonly createPrefilter?: (gates: GateTable) => Prefilter;
}

/** Builds a scanner over a set of detectors. */
export function createScanner(
  detectors: readonly Detector[],
  { budgetMs = defaultBudgetMs, createPrefilter: create = createPrefilter }: ScannerOptions = {},
): Scanner {
  const gates = createGateTable([...detectors, ...payloadOf.keys()]);
  const means: Means = { gates, prefilter: create(gates), run: createNumberRun() };
  let scratch = createUnfolded(4096);
  return (input) => {
    const { bytes, size, maxMs = Infinity } = input;
    const progress = createProgress(input, performance.now() + Math.min(budgetMs(size), maxMs));
    for (const stretch of stretchesOf(bytes, size)) scanStretch(means, progress, stretch);
    const { windows, hits, failures, clock, skipped } = progress;
    for (let index = 0; index < windows.length; index += 2) {
      const [from, to] = widen(bytes, windows[index] ?? 0, windows[index + 1] ?? 0, size);
      if (scratch.starts.length < to - from) scratch = createUnfolded((to - from) * 2);
      unfold(bytes, from, to, scratch);
      scanUnfolded(means, progress, scratch);
    }
    return { hits, failures, isLate: clock.isLate, skipped, fallback: means.prefilter.fallback };
  };
}

function createProgress(input: ScanInput, deadline: number): Progress {
  return {
    input,
    clock: { deadline, isLate: false, looks: 0 },
    hits: [],
    failures: [],
    windows: [],
    skipped: { media: 0, vector: 0 },
  };
}

/** Attack strings take a second a megabyte at worst; a busy machine is slower than that. */
function defaultBudgetMs(size: number): number {
  return Math.min(2000 + size / 200, maxBudgetMs);
}

/** The pool takes a task of 30 s for a hang and refuses its request, which its sender would repeat for ever. */
const maxBudgetMs = 15_000;

function createScan(
  gates: GateTable,
  subject: Subject,
  clock: Clock,
  addEscape?: (at: number) => void,
): Scan {
  const hits: Hit[] = [];
  subject.run.wordEnd = 0;
  return {
    subject,
    hits,
    failures: [],
    clock,
    look: {
      gates,
      subject,
      report: (entity, start, end) => {
        for (const part of outsideTags(subject.text, { start, end }))
          hits.push({ entity, ...part });
      },
      addEscape,
      skipped: { media: 0, vector: 0 },
      skipFrom: 0,
      skipTo: 0,
    },
  };
}

function latin1(bytes: Uint8Array, size: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, size).toString('latin1');
}

function scanStretch(means: Means, progress: Progress, { from, to, end }: Stretch): void {
  const { input, hits, failures, windows, skipped } = progress;
  // The NUL in front belongs to it, because detectors look at the byte before.
  const base = Math.max(0, from - 1);
  const bytes = input.bytes.subarray(base);
  const subject: Subject = {
    bytes,
    size: end - base,
    text: latin1(bytes, end - base),
    run: means.run,
    keyAt: (offset) => input.keyAt(base + offset),
  };
  const scan = createScan(means.gates, subject, progress.clock, (at) => {
    addWindow(windows, base + at);
  });
  search(means.prefilter, scan, { bytes: input.bytes, size: input.size, from, to }, base);
  for (const hit of scan.hits) {
    hits.push({ entity: hit.entity, start: base + hit.start, end: base + hit.end });
  }
  for (const offset of scan.failures) failures.push(base + offset);
  skipped.media += scan.look.skipped.media;
  skipped.vector += scan.look.skipped.vector;
}

function scanUnfolded(means: Means, progress: Progress, unfolded: Unfolded): void {
  const { input, hits, failures } = progress;
  const { bytes, size, starts, ends } = unfolded;
  const subject: Subject = {
    bytes,
    size,
    text: latin1(bytes, size),
    run: means.run,
    keyAt: (offset) => input.keyAt(starts[offset] ?? 0),
  };
  const scan = createScan(means.gates, subject, progress.clock);
  search(means.prefilter, scan, { bytes, size, from: 0, to: size }, 0);
  for (const { entity, start, end } of scan.hits) {
    hits.push({ entity, start: starts[start] ?? 0, end: ends[end - 1] ?? 0 });
  }
  for (const offset of scan.failures) failures.push(starts[offset] ?? 0);
}

/** Looks at every candidate of a stretch, piece by piece; the scan's subject starts at `base` of its bytes. */
function search(prefilter: Prefilter, scan: Scan, stretch: Piece, base: number): void {
  const { candidates } = prefilter;
  const { bytes, size } = stretch;
  for (let from = stretch.from; from < stretch.to; from += maxPiece) {
    const to = Math.min(from + maxPiece, stretch.to);
    const count = prefilter.find({ bytes, size, from, to });
    for (let index = 0; index < count; index++) {
      const candidate = candidates[index] ?? 0;
      visit(scan, from - base + offsetOf(candidate), marksOf(candidate));
    }
  }
}

/** Looks at one candidate. A detector that throws costs its text, not the batch. */
function visit(scan: Scan, at: number, marks: number): void {
  const { look, clock } = scan;
  if (at < look.skipTo && at >= look.skipFrom) return;
  if ((++clock.looks & looksBetween) === 0 && performance.now() > clock.deadline)
    clock.isLate = true;
  if (clock.isLate) {
    look.skipFrom = at;
    look.skipTo = giveUp(scan, at);
    return;
  }
  try {
    lookAt(look, at, marks);
  } catch {
    scan.failures.push(at);
  }
}

/** The clock is asked once in so many looks, a power of two less one. */
const looksBetween = 1023;

/** Fails the text at `at` and says where it ends. */
function giveUp({ subject, failures }: Scan, at: number): number {
  const { bytes, size } = subject;
  failures.push(at);
  const end = bytes.indexOf(0, at);
  return end < 0 ? size : end;
}

/** Copies text into memory that a scanner can read: zeros before and behind, at an even address. */
export function toScannable(text: string): { readonly bytes: Uint8Array; readonly size: number } {
  const source = Buffer.from(text);
  const memory = new Uint8Array(16 + source.length + padding);
  memory.set(source, 16);
  return { bytes: memory.subarray(16), size: source.length };
}
