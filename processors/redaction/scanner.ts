import { base64Payload, payloadEnd } from './base64-payload.ts';
import { isAlphanumeric, isDigit, isToken } from './bytes.ts';
import type { Detector, Report, Subject } from './detector.ts';
import { isCountryPlace, isNearBase58, isNearHexGroups, isPlaceOf } from './gate-place.ts';
import type { GateTable, Shape } from './gate-table.ts';
import { createGateTable, mayFollow, isLiteralAt, mark, maxGroupLength } from './gate-table.ts';
import type { Hit } from './hits.ts';
import {
  createNumberRun,
  digitCount,
  groupLength,
  groupStart,
  isPlain,
  loneEnd,
  readNumberRun,
  runStart,
} from './number-run.ts';
import type { Unfolded } from './unfold.ts';
import { createUnfolded, hidesAt, padding, unfold } from './unfold.ts';

/** What is scanned: `size` used bytes, NUL before the first and 128 of them behind the last. */
export interface ScanInput {
  readonly bytes: Uint8Array;
  readonly size: number;
  keyAt(offset: number): string;
}

/** What a scan found. */
interface ScanResult {
  /** Unsorted, and overlapping where detectors agree. */
  readonly hits: Hit[];
  /** Offsets whose text could not be scanned, because a detector threw there or the time was up. */
  readonly failures: number[];
  /** True where the time was up: what was left of the buffer has failures. */
  readonly isLate: boolean;
  /** Base64 payloads that were passed over. */
  readonly skippedPayloads: number;
}

/** Finds what its detectors know, in time linear in the size. Reuses its memory: one scan at a time. */
export type Scanner = (input: ScanInput) => ScanResult;

/** Digits that a run may reach back from the pair that showed it. */
const maxReachBack = 24;
/** Bytes around an escape that are unfolded with it. */
const windowBytes = 512;
/** A window may grow by so much where its edge would cut a token. */
const maxEdge = 8192;

interface Scan {
  readonly subject: Subject;
  readonly hits: Hit[];
  readonly report: Report;
  readonly failures: number[];
  /** Starts and ends of the windows to unfold, ascending; undefined while one is scanned. */
  readonly windows: number[] | undefined;
  skippedPayloads: number;
  /** When to give up, as `performance.now()` tells it. */
  readonly deadline: number;
  isLate: boolean;
  looks: number;
  /** Bytes before this belong to a number run or colon group that was looked at. */
  numberEnd: number;
  colonEnd: number;
}

/** Builds a scanner over a set of detectors. */
export function createScanner(
  detectors: readonly Detector[],
  budgetMs: (size: number) => number = defaultBudgetMs,
): Scanner {
  const gates = createGateTable([...detectors, base64Payload]);
  const run = createNumberRun();
  let scratch = createUnfolded(4096);
  return (input) => {
    const text = latin1(input.bytes, input.size);
    const windows: number[] = [];
    const deadline = performance.now() + budgetMs(input.size);
    const scan = createScan({ ...input, text, run }, windows, deadline);
    walk(gates, scan);
    for (let index = 0; index < windows.length; index += 2) {
      const [from, to] = widen(
        input.bytes,
        windows[index] ?? 0,
        windows[index + 1] ?? 0,
        input.size,
      );
      if (scratch.starts.length < to - from) scratch = createUnfolded((to - from) * 2);
      unfold(input.bytes, from, to, scratch);
      scanUnfolded(gates, scan, scratch);
    }
    return scan;
  };
}

/** Attack strings take a second a megabyte at worst; a busy machine is slower than that. */
function defaultBudgetMs(size: number): number {
  return 2000 + size / 200;
}

function createScan(subject: Subject, windows: number[] | undefined, deadline: number): Scan {
  const hits: Hit[] = [];
  subject.run.wordEnd = 0;
  return {
    subject,
    windows,
    hits,
    report: (entity, start, end) => {
      hits.push({ entity, start, end });
    },
    failures: [],
    skippedPayloads: 0,
    deadline,
    isLate: false,
    looks: 0,
    numberEnd: 0,
    colonEnd: 0,
  };
}

function latin1(bytes: Uint8Array, size: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, size).toString('latin1');
}

function scanUnfolded(gates: GateTable, outer: Scan, unfolded: Unfolded): void {
  const { bytes, size, starts, ends } = unfolded;
  const subject: Subject = {
    bytes,
    size,
    text: latin1(bytes, size),
    run: outer.subject.run,
    keyAt: (offset) => outer.subject.keyAt(starts[offset] ?? 0),
  };
  const scan = createScan(subject, undefined, outer.deadline);
  walk(gates, scan);
  for (const { entity, start, end } of scan.hits) {
    outer.hits.push({ entity, start: starts[start] ?? 0, end: ends[end - 1] ?? 0 });
  }
  for (const offset of scan.failures) outer.failures.push(starts[offset] ?? 0);
  outer.isLate ||= scan.isLate;
}

const wordBytes = 2;

/** Reads the buffer pair by pair and looks closer where a pair is marked. */
function walk(gates: GateTable, scan: Scan): void {
  const { marks } = gates;
  const { bytes, size } = scan.subject;
  // Pairs are read at even addresses: where the buffer starts at an odd one, one byte earlier.
  const lead = bytes.byteOffset % wordBytes;
  const count = Math.ceil((size + lead) / wordBytes);
  const pairs = new Uint16Array(bytes.buffer, bytes.byteOffset - lead, count + 4);
  for (let index = 0; index < count;) {
    const m0 = marks[pairs[index] ?? 0] ?? 0;
    const m1 = marks[pairs[index + 1] ?? 0] ?? 0;
    const m2 = marks[pairs[index + 2] ?? 0] ?? 0;
    const m3 = marks[pairs[index + 3] ?? 0] ?? 0;
    if ((m0 | m1 | m2 | m3) === 0) {
      index += 4;
      continue;
    }
    const skip = lookAtFour(gates, scan, pairs, index);
    index = skip === 0 ? index + 4 : Math.floor((skip + lead) / wordBytes);
  }
}

/** Looks at the marked ones of four pairs; returns an offset to go on at, or 0. */
function lookAtFour(gates: GateTable, scan: Scan, pairs: Uint16Array, first: number): number {
  const { marks } = gates;
  const lead = scan.subject.bytes.byteOffset % wordBytes;
  for (let index = first; index < first + 4; index++) {
    const pair = pairs[index] ?? 0;
    if (marks[pair] === 0) continue;
    const at = index * wordBytes - lead;
    const left = narrow(gates, scan, at, pair | ((pairs[index + 1] ?? 0) << 16));
    if (left === 0) continue;
    const skip = look(gates, scan, at, left);
    if (skip > 0) return skip;
  }
  return 0;
}

/** Takes away the marks that the bytes around the pair refute: nearly all, at a few nanoseconds each. */
function narrow(gates: GateTable, scan: Scan, at: number, four: number): number {
  const { bytes, run } = scan.subject;
  let left = gates.marks[four & 0xffff] ?? 0;
  if ((left & mark.literal) !== 0 && !mayFollow(gates.follows, four)) left ^= mark.literal;
  if ((left & mark.number) !== 0 && (at + 1 < scan.numberEnd || at + 2 < run.wordEnd)) {
    left ^= mark.number;
  }
  if ((left & mark.hex_groups) !== 0 && !isNearHexGroups(bytes, at)) left ^= mark.hex_groups;
  if ((left & mark.base58) !== 0 && !isNearBase58(bytes, at)) left ^= mark.base58;
  if ((left & mark.country) !== 0 && !isCountryPlace(bytes, at - 1)) left ^= mark.country;
  return left;
}

/** Looks at one pair; returns an offset to go on at, or 0. A detector that throws costs its text, not the batch. */
function look(gates: GateTable, scan: Scan, at: number, marked: number): number {
  if ((++scan.looks & looksBetween) === 0 && performance.now() > scan.deadline) scan.isLate = true;
  if (scan.isLate) return giveUp(scan, at);
  try {
    return lookAt(gates, scan, at, marked);
  } catch {
    scan.failures.push(Math.min(Math.max(at, 0), scan.subject.size - 1));
    return 0;
  }
}

/** The clock is asked once in so many looks, a power of two less one. */
const looksBetween = 1023;

/** Fails the text at `at` and goes on behind it. */
function giveUp({ subject, failures }: Scan, at: number): number {
  const { bytes, size } = subject;
  failures.push(Math.min(Math.max(at, 0), size - 1));
  const end = bytes.indexOf(0, Math.max(at, 0) + 1);
  return end < 0 ? size : end;
}

function lookAt(gates: GateTable, scan: Scan, at: number, marked: number): number {
  const { bytes } = scan.subject;
  let skip = 0;
  if ((marked & mark.literal) !== 0) skip = lookAtLiterals(gates, scan, at);
  if ((marked & mark.byte) !== 0) lookAtBytes(gates, scan, at);
  if ((marked & mark.colon) !== 0) lookAtColon(gates, scan, at);
  if ((marked & shapeMarks) !== 0) lookAtShapes(gates, scan, at, marked);
  if ((marked & mark.escape) !== 0 && scan.windows !== undefined) {
    if (hidesAt(bytes, at)) addWindow(scan.windows, at);
    if (hidesAt(bytes, at + 1)) addWindow(scan.windows, at + 1);
  }
  if ((marked & mark.number) !== 0) skip = Math.max(skip, lookAtNumber(gates, scan, at));
  return skip;
}

function addWindow(windows: number[], at: number): void {
  const end = at + windowBytes;
  const last = windows.length - 1;
  if (last > 0 && at - windowBytes <= (windows[last] ?? 0)) windows[last] = end;
  else windows.push(at - windowBytes, end);
}

/** Moves a window's edges outward to where no token is cut. */
function widen(bytes: Uint8Array, from: number, to: number, size: number): [number, number] {
  let start = Math.max(0, from);
  const floor = Math.max(0, start - maxEdge);
  while (start > floor && isToken(bytes[start - 1])) start--;
  let end = Math.min(size, to);
  const ceiling = Math.min(size, end + maxEdge);
  while (end < ceiling && (isToken(bytes[end]) || (bytes[end] ?? 0) >= 0x80)) end++;
  return [start, end];
}

function lookAtLiterals(gates: GateTable, scan: Scan, at: number): number {
  const { bytes } = scan.subject;
  const tried = gates.literals[(bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8)] ?? [];
  let skip = 0;
  for (const gate of tried) {
    const start = at - gate.offset;
    if (start < 0 || !isLiteralAt(bytes, gate, start)) continue;
    if (gate.detector === base64Payload) {
      skip = payloadEnd(bytes, start);
      if (skip > 0) scan.skippedPayloads++;
    } else gate.detector.find(scan.subject, start, scan.report);
  }
  return skip;
}

function lookAtBytes(gates: GateTable, scan: Scan, at: number): void {
  const { bytes } = scan.subject;
  for (const { byte, detector } of gates.byteDetectors) {
    if (bytes[at] === byte) detector.find(scan.subject, at, scan.report);
    if (bytes[at + 1] === byte) detector.find(scan.subject, at + 1, scan.report);
  }
}

const shapeMarks = mark.hex_groups | mark.country | mark.base58;

function lookAtShapes(gates: GateTable, scan: Scan, at: number, marked: number): void {
  if ((marked & mark.hex_groups) !== 0) {
    tryShape(gates, scan, 'hex_groups', at);
    tryShape(gates, scan, 'hex_groups', at + 1);
  }
  if ((marked & mark.country) !== 0) tryShape(gates, scan, 'country', at - 1);
  if ((marked & mark.base58) !== 0) {
    tryShape(gates, scan, 'base58', at);
    tryShape(gates, scan, 'base58', at + 1);
  }
}

function tryShape(gates: GateTable, scan: Scan, shape: Shape, at: number): void {
  if (at < 0 || !isPlaceOf[shape](scan.subject.bytes, at)) return;
  for (const detector of gates.shapeDetectors[shape]) {
    detector.find(scan.subject, at, scan.report);
  }
}

const colon = 0x3a;

function lookAtColon(gates: GateTable, scan: Scan, at: number): void {
  const { bytes } = scan.subject;
  const start = bytes[at] === colon ? at : at + 1;
  if (start < scan.colonEnd) return;
  for (const detector of gates.shapeDetectors.colon)
    detector.find(scan.subject, start, scan.report);
  let end = start + 1;
  while (bytes[end] === colon || (isAlphanumeric(bytes[end]) && end - start < windowBytes)) end++;
  scan.colonEnd = end;
}

function lookAtNumber(gates: GateTable, scan: Scan, at: number): number {
  const { bytes, run } = scan.subject;
  const digit = isDigit(bytes[at]) ? at : at + 1;
  if (digit < scan.numberEnd) return 0;
  const lone = loneEnd(bytes, digit, minDigits - 1);
  if (lone >= 0) {
    scan.numberEnd = lone;
    return 0;
  }
  const from = runStart(bytes, digit, Math.max(scan.numberEnd, digit - maxReachBack, 0));
  const end = readNumberRun(bytes, from, run);
  scan.numberEnd = end;
  if (isAlphanumeric(bytes[from - 1])) tryShape(gates, scan, 'country', from - 2);
  if (isPlain(bytes, run)) return 0;
  const isShort = run.count < minGroups && digitCount(run) < minDigits;
  // In a word with letters fewer digits can be an id.
  if (isShort && (from < run.wordEnd || !isBesideLetter(bytes, from, end))) return 0;
  lookAtGroups(gates, scan, end, isShort);
  return 0;
}

function lookAtGroups(gates: GateTable, scan: Scan, end: number, isShort: boolean): void {
  const { subject, report } = scan;
  const { run } = subject;
  for (let group = 0; group < run.count && groupStart(run, group) < end; group++) {
    for (const detector of gates.idDetectors) detector.find(subject, group, report);
    if (isShort) continue;
    const wanting = gates.byGroupLength[Math.min(groupLength(run, group), maxGroupLength)] ?? [];
    for (const detector of wanting) detector.find(subject, group, report);
  }
}

function isBesideLetter(bytes: Uint8Array, from: number, end: number): boolean {
  if (isAlphanumeric(bytes[from - 1]) || isAlphanumeric(bytes[end])) return true;
  return bytes[end] === fullStop && isAlphanumeric(bytes[end + 1]);
}

const fullStop = 0x2e;

/** The shortest number that any detector takes has six digits between letters; an address has four groups. */
const minDigits = 6;
const minGroups = 4;

/** Copies text into memory that a scanner can read: zeros before and behind, at an even address. */
export function toScannable(text: string): { readonly bytes: Uint8Array; readonly size: number } {
  const source = Buffer.from(text);
  const memory = new Uint8Array(16 + source.length + padding);
  memory.set(source, 16);
  return { bytes: memory.subarray(16), size: source.length };
}
