import { changeAmount, emptyAmount } from '../amount.ts';
import type { Amount } from '../amount.ts';
import type { Position } from '../log.ts';
import { maxSlicesOut } from '../storage.ts';
import type { CursorFile, CursorState, Range } from './cursor-file.ts';
import type { DiskPlace, PlaceHome, Quota, TakenSlice } from './disk-place.ts';
import { segmentHeaderBytes } from './segment-format.ts';
import { findFrame } from './scan.ts';
import type { Frame } from './scan.ts';
import { closeSegment, openSegment } from './segment.ts';
import type { Segment } from './segment.ts';
import { amountOf, maxSliceBytesOf, readSlice } from './slice-reader.ts';
import type { ReadLimits, ReadPoint, SliceRead } from './slice-reader.ts';

/** Where a place begins. */
export interface DiskPlaceOptions {
  readonly exporterId: string;
  readonly number: number;
  readonly file: CursorFile;
  readonly state: CursorState;
  /** Where it reads on, where that is known. */
  readonly point?: ReadPoint;
}

/** Creates a place from what its cursor file says. */
export function createDiskPlace(options: DiskPlaceOptions, home: PlaceHome): DiskPlace {
  return new PlaceOnDisk(options, home);
}

interface OutSlice extends Range {
  readonly amount: Readonly<Amount>;
  readonly oldestMs: number;
}

class PlaceOnDisk implements DiskPlace {
  readonly exporterId: string;
  readonly number: number;
  readonly owed = emptyAmount();
  readonly unread = emptyAmount();
  orphanedMs: number;
  #quota: Quota | undefined;
  /** Where an orphan's own records end. */
  #orphanedAt: Position = Infinity;
  /** End of the log when the debt was last worked out. */
  #locatedTo: Position = -1;
  readonly #home: PlaceHome;
  readonly #file: CursorFile;
  /** In order of their positions. */
  readonly #out: OutSlice[] = [];
  /** Slices that were out when the log was last closed, to be formed again just so. */
  #refill: (Range & { readonly amount: Readonly<Amount> })[] = [];
  #readAt: Position;
  #point: ReadPoint | undefined;
  #peekedMs: number | undefined;
  #isChanged = false;
  #isUnsynced = false;

  constructor({ exporterId, number, file, state, point }: DiskPlaceOptions, home: PlaceHome) {
    this.exporterId = exporterId;
    this.number = number;
    this.#home = home;
    this.#file = file;
    this.orphanedMs = state.orphanedMs;
    this.#readAt = state.readAt;
    this.#point = point;
    this.#refill = state.out.map((range) => ({ ...range, amount: emptyAmount() }));
    if (point === undefined) this.#locate();
  }

  get isHeld(): boolean {
    return this.#quota !== undefined;
  }

  get lowestOwed(): Position {
    const lowest = Math.min(this.#out[0]?.from ?? Infinity, this.#refill[0]?.from ?? Infinity);
    return Math.min(lowest, this.#readAt);
  }

  get oldestMs(): number | undefined {
    return this.#out[0]?.oldestMs ?? this.#peekedMs;
  }

  get hasFreeSlot(): boolean {
    return this.#out.length + this.#refill.length < maxSlicesOut || this.hasRefill;
  }

  get hasRefill(): boolean {
    return this.#refill.length > 0;
  }

  needs({ first, next }: Segment): boolean {
    const end = this.isHeld ? Infinity : this.#orphanedAt;
    return this.lowestOwed < end && next > this.lowestOwed && first < end;
  }

  hold(quota: Quota, head: Position): void {
    const wasHeld = this.isHeld;
    this.#quota = quota;
    if (wasHeld) return;
    this.#isChanged ||= this.orphanedMs !== 0;
    this.orphanedMs = 0;
    if (this.lowestOwed >= this.#orphanedAt) this.#readAt = head;
    if (this.#locatedTo !== this.#home.index.end) this.#locate();
  }

  orphan(nowMs: number, head: Position): void {
    this.#quota = undefined;
    this.#orphanedAt = head;
    // What is out goes to the next cursor, be it of this run or another.
    this.#refill = [...this.#out.splice(0), ...this.#refill];
    this.#isChanged = true;
    if (this.orphanedMs === 0) this.orphanedMs = nowMs;
  }

  hasRoom(amount: Readonly<Amount>, pending: Readonly<Amount>): boolean {
    if (this.#quota === undefined) return true;
    const { sizer, size, onFull } = this.#quota;
    const owed = this.owed[sizer] + pending[sizer];
    const gives = onFull === 'drop_oldest' ? this.unread[sizer] + pending[sizer] : 0;
    // A record over the whole quota must not wedge an idle exporter.
    return owed - gives === 0 || owed - gives + amount[sizer] <= size;
  }

  appended(point: ReadPoint, amount: Readonly<Amount>): void {
    if (this.unread.requests === 0 && this.#point === undefined) this.#point = point;
    changeAmount(this.owed, amount, 1);
    changeAmount(this.unread, amount, 1);
  }

  makeRoom(newest: Position): void {
    if (this.#quota?.onFull !== 'drop_oldest') return;
    const { sizer, size } = this.#quota;
    while (this.#readAt < newest && this.owed[sizer] > size) {
      const oldest = this.#readHeader();
      if (oldest === undefined || oldest.frame.header.position >= newest) return;
      const { frame, segment } = oldest;
      const amount = amountOf(frame);
      this.#moveTo({ segment, offset: frame.end, position: frame.header.position + 1 });
      changeAmount(this.unread, amount, -1);
      changeAmount(this.owed, amount, -1);
      this.#home.dropped(this, amount, 'quota');
    }
  }

  take(limits: Pick<ReadLimits, 'maxBytes' | 'maxItems'>): TakenSlice | undefined {
    for (let [again] = this.#refill; again !== undefined; [again] = this.#refill) {
      const taken = this.#takeAgain(again);
      if (taken !== undefined) return taken;
    }
    return this.#takeUnread(limits);
  }

  settle(from: Position): void {
    const index = this.#out.findIndex((slice) => slice.from === from);
    const [slice] = index < 0 ? [] : this.#out.splice(index, 1);
    if (slice === undefined) return;
    changeAmount(this.owed, slice.amount, -1);
    this.#isChanged = true;
  }

  peekMs(): number | undefined {
    if (this.unread.requests === 0) return undefined;
    this.#peekedMs ??= this.#readHeader()?.frame.header.appendedMs;
    return this.#peekedMs;
  }

  save(): boolean {
    if (!this.#isChanged) return false;
    const out = [...this.#out, ...this.#refill].sort((left, right) => left.from - right.from);
    this.#file.write({ readAt: this.#readAt, orphanedMs: this.orphanedMs, out });
    this.#isChanged = false;
    this.#isUnsynced = true;
    return true;
  }

  sync(): true {
    this.save();
    if (this.#isUnsynced) this.#file.sync();
    this.#isUnsynced = false;
    return true;
  }

  close(): void {
    this.#file.close();
  }

  #locate(): void {
    const { index } = this.#home;
    this.#locatedTo = index.end;
    clear(this.owed);
    clear(this.unread);
    this.#refill = this.#refill.flatMap(({ from, to }) => {
      const begin = index.locate(from);
      if (begin === undefined || begin.point.position >= to) return [];
      const amount = { ...begin.unread };
      changeAmount(amount, index.locate(to)?.unread ?? emptyAmount(), -1);
      changeAmount(this.owed, amount, 1);
      return [{ from, to, amount }];
    });
    const located = index.locate(this.#readAt);
    this.#point = located?.point;
    this.#peekedMs = undefined;
    if (located === undefined) return;
    changeAmount(this.unread, located.unread, 1);
    changeAmount(this.owed, located.unread, 1);
  }

  #takeAgain(range: Range & { readonly amount: Readonly<Amount> }): TakenSlice | undefined {
    const { index, fs, window } = this.#home;
    const begin = index.locate(range.from);
    const limits = { maxBytes: Infinity, maxItems: Infinity, to: range.to };
    const read =
      begin && readSlice(window, begin.point, limits, openSegment(fs, begin.point.segment));
    // Only now: a disk that fails to read is asked again.
    this.#refill.shift();
    this.#isChanged = true;
    const lost = { ...range.amount };
    if (read !== undefined) changeAmount(lost, read.amount, -1);
    this.#lose(lost);
    if (read === undefined) return undefined;
    this.#home.corruptAt(read.corruptAt);
    return this.#giveOut(range, read);
  }

  #takeUnread({
    maxBytes,
    maxItems,
  }: Pick<ReadLimits, 'maxBytes' | 'maxItems'>): TakenSlice | undefined {
    const { fs, window } = this.#home;
    while (this.unread.requests > 0) {
      const point = this.#reachSegment();
      if (point === undefined) return undefined;
      const file = openSegment(fs, point.segment);
      const most = Math.min(maxBytes, maxSliceBytesOf(point.segment));
      const limits = { maxBytes: most, maxItems, to: Infinity };
      const read = readSlice(window, point, limits, file);
      this.#home.corruptAt(read.corruptAt);
      changeAmount(this.unread, read.corrupt, -1);
      this.#lose(read.corrupt);
      const from = point.position;
      this.#moveTo(read.next);
      changeAmount(this.unread, read.amount, -1);
      const taken = this.#giveOut({ from, to: read.next.position }, read);
      if (taken !== undefined) return taken;
    }
    return undefined;
  }

  #giveOut({ from, to }: Range, read: SliceRead): TakenSlice | undefined {
    if (read.amount.requests === 0) return undefined;
    this.#out.push({ from, to, amount: read.amount, oldestMs: read.oldestMs });
    this.#out.sort((left, right) => left.from - right.from);
    return { from, to, read };
  }

  #moveTo(point: ReadPoint): void {
    this.#point = point;
    this.#readAt = point.position;
    this.#peekedMs = undefined;
    this.#isChanged = true;
  }

  /** The point where something can be read, in the next segment where this one is read out. */
  #reachSegment(): ReadPoint | undefined {
    const { index, fs } = this.#home;
    this.#point ??= index.locate(this.#readAt)?.point;
    while (this.#point !== undefined && this.#point.offset >= this.#point.segment.end) {
      const { segment } = this.#point;
      this.#loseRest(segment);
      const following = index.after(segment);
      if (following === undefined) return undefined;
      closeSegment(fs, segment);
      this.#moveTo(beginOf(following));
    }
    return this.#point;
  }

  /** A segment is read out: what is still missing of it were records whose headers are damaged. */
  #loseRest(segment: Segment): void {
    const rest = { ...this.unread };
    changeAmount(rest, this.#home.index.amountAfter(segment), -1);
    changeAmount(this.unread, rest, -1);
    this.#lose(rest);
  }

  /** Takes what will not come off the debt; the caller has taken it off what is unread. */
  #lose(amount: Readonly<Amount>): void {
    if (amount.requests === 0 && amount.items === 0 && amount.bytes === 0) return;
    changeAmount(this.owed, amount, -1);
    this.#home.dropped(this, amount, 'corrupt');
  }

  #readHeader(): { readonly frame: Frame; readonly segment: Segment } | undefined {
    const { fs, window } = this.#home;
    for (;;) {
      const point = this.#reachSegment();
      if (point === undefined) return undefined;
      const { segment, offset, position } = point;
      const file = openSegment(fs, segment);
      window.open({ file, from: offset, end: segment.end, readAhead: 0, isPinned: false });
      const frame = findFrame(window, offset, { salt: segment.salt, position });
      if (frame !== undefined) return { frame, segment };
      this.#moveTo({ segment, offset: segment.end, position: segment.next });
    }
  }
}

function beginOf(segment: Segment): ReadPoint {
  return { segment, offset: segmentHeaderBytes, position: segment.first };
}

function clear(amount: Amount): void {
  changeAmount(amount, { ...amount }, -1);
}
