import { isAlphanumeric } from './bytes.ts';
import { mark } from './candidate.ts';
import type { Detector, Report, Subject } from './detector.ts';
import { minDigits, minGroups } from './gate-place.ts';
import { digitSlot, maxWord } from './form-table.ts';
import type { GateTable, Shape } from './gate-table.ts';
import { maxGroupLength, shapes } from './gate-table.ts';
import { fourBytes, slotOf, startsLiteral, threeBytes } from './literal-table.ts';
import {
  digitCount,
  gapByte,
  groupEnd,
  groupLength,
  groupStart,
  isPlain,
  readNumberRun,
} from './number-run.ts';
import type { Payload, PayloadKind } from './payload.ts';
import { payloadOf } from './payload.ts';
import { isInTag } from './tag-places.ts';
import { hidesAt } from './unfold.ts';

/** What asking the detectors at a candidate needs, and what it leaves behind. */
export interface Look {
  readonly gates: GateTable;
  readonly subject: Subject;
  readonly report: Report;
  /** Told where something is hidden by an escape; undefined where none is followed any more. */
  readonly addEscape: ((at: number) => void) | undefined;
  /** Payloads that were passed over. */
  readonly skipped: Record<PayloadKind, number>;
  /** Candidates from `skipFrom` to `skipTo` (exclusive) belong to a payload. */
  skipFrom: number;
  skipTo: number;
}

/** Asks the detectors whose gates open at a candidate. Throws what a detector throws. */
export function lookAt(look: Look, at: number, marks: number): void {
  if ((marks & mark.literal) !== 0) lookAtLiterals(look, at);
  if ((marks & mark.number) !== 0) lookAtNumber(look, at);
  if ((marks & mark.byte) !== 0) lookAtByte(look, at);
  if ((marks & shapeMarks) !== 0) lookAtShapes(look, at, marks);
  if ((marks & mark.escape) !== 0 && hidesAt(look.subject.bytes, at)) look.addEscape?.(at);
}

function lookAtLiterals(look: Look, at: number): void {
  const { bytes } = look.subject;
  const three = (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16);
  const { slots } = look.gates.literals;
  const fourSlot = slotOf(three | ((bytes[at + 3] ?? 0) << 24));
  const threeSlot = slotOf(three);
  const isFour = ((slots[fourSlot] ?? 0) & fourBytes) !== 0;
  const isThree = ((slots[threeSlot] ?? 0) & threeBytes) !== 0;
  if (isFour) tryLiterals(look, at, fourSlot);
  if (isThree && !(isFour && threeSlot === fourSlot)) tryLiterals(look, at, threeSlot);
}

function tryLiterals(look: Look, at: number, slot: number): void {
  const { gates, subject, report } = look;
  for (const gate of gates.literals.bySlot.get(slot) ?? []) {
    const start = at - gate.offset;
    if (start < 0 || !startsLiteral(subject.bytes, gate, start)) continue;
    if (isInTag(subject.bytes, subject.text, start)) continue;
    const payload = payloadOf.get(gate.detector);
    if (payload !== undefined) skipPayload(look, payload, start);
    else gate.detector.find(subject, start, report);
  }
}

function skipPayload(look: Look, payload: Payload, start: number): void {
  const found = payload.find(look.subject.bytes, start);
  // Several keys may announce the same one.
  if (found === undefined || found.end === look.skipTo) return;
  look.skipFrom = found.start;
  look.skipTo = found.end;
  look.skipped[payload.kind]++;
}

function lookAtByte({ gates, subject, report }: Look, at: number): void {
  for (const { byte, detector } of gates.byteDetectors) {
    if (subject.bytes[at] === byte) detector.find(subject, at, report);
  }
}

const shapeMarks = mark.colon | mark.hex_groups | mark.country | mark.base58;

/** From the byte that a prefilter tells of to the one that a detector is given. */
const stepOf: Readonly<Record<Shape, number>> = { colon: 0, hex_groups: 0, country: -1, base58: 0 };

function lookAtShapes({ gates, subject, report }: Look, at: number, marks: number): void {
  for (const shape of shapes) {
    if ((marks & mark[shape]) === 0) continue;
    for (const detector of gates.shapeDetectors[shape]) {
      detector.find(subject, at + stepOf[shape], report);
    }
  }
}

/** Looks at the run that starts at `at`, piece by piece where it has many groups. */
function lookAtNumber(look: Look, at: number): void {
  const { bytes, run } = look.subject;
  let from = at;
  for (;;) {
    const end = readNumberRun(bytes, from, run);
    const isWhole = end === groupEndOf(look.subject);
    if (!isPlain(bytes, run)) lookAtGroups(look, end, from === at);
    if (isWhole) return;
    from = end;
  }
}

/** Asks of the groups that start before `end`, of which the first is that of the run or of a later piece. In a word with letters fewer digits can be an id. */
function lookAtGroups({ gates, subject, report }: Look, end: number, isHead: boolean): void {
  const { run } = subject;
  const isShort = run.count < minGroups && digitCount(run) < minDigits;
  for (let group = 0; group < run.count && groupStart(run, group) < end; group++) {
    if (mayBeId(gates, subject, group)) askOf(gates.idDetectors, subject, group, report);
    if (isShort) continue;
    const isLeading = group === 0 ? isHead : isApart(subject, group);
    const byLength = isLeading ? gates.ofLeading : gates.ofFollowing;
    const wanting = byLength[Math.min(groupLength(run, group), maxGroupLength)];
    if (wanting !== undefined) askOf(wanting, subject, group, report);
  }
}

function groupEndOf({ run }: Subject): number {
  return run.ends[run.count - 1] ?? 0;
}

/** False where the group is a word of digits that no form starts with. */
function mayBeId({ forms }: GateTable, { bytes, run }: Subject, group: number): boolean {
  const end = groupEnd(run, group);
  const after = bytes[end] ?? 0;
  if (isAlphanumeric(after) || isAlphanumeric(bytes[groupStart(run, group) - 1])) return true;
  const length = groupLength(run, group);
  if (length > maxWord) return false;
  return forms.digitStarts[digitSlot(length, after, groupLength(run, group + 1))] === 1;
}

/** True for a group behind more than a single hyphen, full stop, slash or space. */
function isApart({ bytes, run }: Subject, group: number): boolean {
  const gap = gapByte(bytes, run, group - 1);
  return gap === 0 || gap === openParenthesis || gap === closeParenthesis;
}

const openParenthesis = 0x28;
const closeParenthesis = 0x29;

function askOf(
  detectors: readonly Detector[],
  subject: Subject,
  group: number,
  report: Report,
): void {
  for (const detector of detectors) detector.find(subject, group, report);
}
