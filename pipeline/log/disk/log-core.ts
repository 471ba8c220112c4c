import type { Position, SliceLimits } from '../log.ts';
import type { StorageMode } from '../storage.ts';
import { createAppendQueue } from './append-queue.ts';
import type { Append } from './append-queue.ts';
import { createCorruptRecords, maxCorruptNoted } from './corrupt-records.ts';
import type { CorruptRecords } from './corrupt-records.ts';
import type { DiskHealth } from './disk-health.ts';
import type { DiskPlace, PlaceHome, Quota } from './disk-place.ts';
import type { EmitLogEvent } from './events.ts';
import type { FileSystem } from './file-system.ts';
import { createPlaceBook } from './place-book.ts';
import type { OpenedPlace } from './place-book.ts';
import { messageOf } from './message-of.ts';
import { recoverLog } from './recover-log.ts';
import type { RecoveryReport } from './recover-segments.ts';
import { closeSegment } from './segment.ts';
import type { Segment } from './segment.ts';
import { createSegmentIndex } from './segment-list.ts';
import { createSegmentWriter } from './segment-writer.ts';
import { createSpareSegments } from './spare-segments.ts';
import type { SpareSegments } from './spare-segments.ts';
import { createTicketDesk } from './tickets.ts';
import type { TicketDesk } from './tickets.ts';
import type { FileWindow } from './window.ts';

/** What a log on disk is made of. */
export interface LogCoreOptions {
  readonly fs: FileSystem;
  /** Absolute path; made where it is not there. */
  readonly folder: string;
  readonly mode: StorageMode;
  readonly segmentBytes: number;
  /** Shared by the logs of a thread. */
  readonly window: FileWindow;
  readonly health: DiskHealth;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Milliseconds that never jump. */
  readonly monotonic: () => number;
  readonly emit: EmitLogEvent;
}

/**
 * A log on disk: its segments, and its exporters' places. Everything is synchronous. Appends and tickets gather until
 * `flush`, which commits the appends as one group, hands out what is due, and writes the cursors. Events are to be told
 * when the call that emitted them has returned: a slice is told of when its cursor has been written.
 */
export interface LogCore {
  append(append: Append): void;
  /** Opens an exporter's place and holds it; what is pending is committed before. */
  open(exporterId: string, quota: Quota): OpenedPlace;
  /** Another cursor holds the place. */
  hold(place: number, quota: Quota): void;
  /** The last cursor of the place is gone. */
  leave(place: number, isUnused: boolean): void;
  /** Someone waits for a slice of the place. */
  ask(place: number, ticket: number, limits: SliceLimits): void;
  cancel(place: number, ticket: number): void;
  settle(place: number, from: Position): void;
  /** No more appends: what there is, is handed out at once. */
  seal(): void;
  /** @returns milliseconds until the next flush is due without a call; Infinity where none is. */
  flush(): number;
  /** Brings cursors to the disk, and frees what nobody owes. Due about every 100 ms. */
  sync(): void;
  /** Ends a segment that nobody owes any more and nothing is appended to, so that `sync` frees it. Due about every second. */
  retire(): void;
  /** Places that no cursor holds belong to exporters that no configuration has. */
  adoptOrphans(): void;
  /** Forgets orphans that have been ones since `beforeMs`, in milliseconds since the epoch. */
  forgetOrphans(beforeMs: number): void;
  close(): void;
}

/** Twice what is written in one flush: appends do not wait long behind readers, and readers catch up. */
const readBudgetBytes = 8 * 1024 * 1024;

/**
 * Takes up the log of a folder, or begins one.
 * @throws StorageError where it cannot be used.
 */
export function openLogCore(options: LogCoreOptions): LogCore {
  return new Core(options);
}

class Core implements LogCore {
  readonly #options: LogCoreOptions;
  readonly #segments: Segment[];
  readonly #spares: SpareSegments;
  readonly #writer: ReturnType<typeof createSegmentWriter>;
  readonly #book: ReturnType<typeof createPlaceBook>;
  readonly #queue: ReturnType<typeof createAppendQueue>;
  readonly #desks = new Map<number, TicketDesk>();
  readonly #corrupt: CorruptRecords;
  readonly #told = { bytes: 0, orphans: '[]', oldestMs: new Map<number, number | undefined>() };
  /** Nothing is freed while it is not known which exporters there are. */
  #mayFree: boolean;
  #isSealed = false;
  #headAtRetire: Position = -1;

  constructor(options: LogCoreOptions) {
    const { fs, folder, window, emit } = options;
    this.#options = options;
    this.#corrupt = createCorruptRecords((records) => {
      emit({ kind: 'corrupt', records });
    });
    fs.makeFolder(folder);
    const recovered = recoverLog(
      { ...options, report: this.#createReport() },
      (exporterId, path) => {
        emit({ kind: 'replayed', exporterId, path });
      },
    );
    this.#segments = recovered.segments;
    this.#mayFree = recovered.knowsExporters;
    const onSync = (seconds: number): void => {
      emit({ kind: 'synced', seconds });
    };
    const spares = createSpareSegments(fs, options.segmentBytes);
    this.#spares = spares;
    this.#writer = createSegmentWriter(
      { ...options, spares, onSync },
      this.#segments,
      recovered.head,
    );
    const home: PlaceHome = {
      fs,
      window,
      index: createSegmentIndex(fs, window, this.#segments),
      dropped: ({ number }, amount, cause) => {
        emit({ kind: 'dropped', place: number, amount: { ...amount }, cause });
      },
      corruptAt: (positions) => {
        this.#corrupt.note(positions);
      },
    };
    const headPoint = (): ReturnType<Parameters<typeof createPlaceBook>[0]['headPoint']> => {
      const { active, head } = this.#writer;
      return active && { segment: active, offset: active.end, position: head };
    };
    const bookOptions = { ...options, home, head: () => this.#writer.head, headPoint };
    this.#book = createPlaceBook(bookOptions, recovered);
    this.#queue = createAppendQueue({
      ...options,
      writer: this.#writer,
      places: this.#book.places,
    });
  }

  append(append: Append): void {
    this.#queue.add(append);
  }

  open(exporterId: string, quota: Quota): OpenedPlace {
    while (this.#queue.length > 0) this.#queue.commit();
    const opened = this.#book.open(exporterId, quota);
    const { number } = opened.place;
    const { emit } = this.#options;
    if (!this.#desks.has(number)) {
      this.#desks.set(number, createTicketDesk(opened.place, this.#options, emit));
    }
    return opened;
  }

  hold(place: number, quota: Quota): void {
    this.#book.places.get(place)?.hold(quota, this.#writer.head);
  }

  leave(place: number, isUnused: boolean): void {
    this.#desks.delete(place);
    this.#book.leave(place, isUnused);
  }

  ask(place: number, ticket: number, limits: SliceLimits): void {
    this.#desks.get(place)?.add(ticket, limits);
  }

  cancel(place: number, ticket: number): void {
    this.#desks.get(place)?.cancel(ticket);
  }

  settle(place: number, from: Position): void {
    this.#book.places.get(place)?.settle(from);
  }

  seal(): void {
    this.#isSealed = true;
  }

  flush(): number {
    this.#queue.commit();
    const waitMs = this.#serve();
    for (const place of this.#book.save()) this.#tellOldest(place);
    return this.#queue.length > 0 ? 0 : waitMs;
  }

  sync(): void {
    if (this.#book.sync() && this.#mayFree) this.#free();
    this.#tellSize();
  }

  retire(): void {
    const { active, head } = this.#writer;
    const isIdle = head === this.#headAtRetire || this.#options.health.refusal !== undefined;
    this.#headAtRetire = head;
    if (!isIdle) return;
    if (active !== undefined && this.#isFree(active)) this.#writer.seal();
    this.#spares.drop();
  }

  adoptOrphans(): void {
    this.#book.adoptOrphans();
    this.#mayFree = true;
    this.#tellSize();
  }

  forgetOrphans(beforeMs: number): void {
    this.#book.forgetOrphans(beforeMs);
    this.#tellSize();
  }

  close(): void {
    while (this.#queue.length > 0) this.#queue.commit();
    this.#writer.seal();
    this.sync();
    this.#spares.drop();
    this.#book.close();
    for (const segment of this.#segments) closeSegment(this.#options.fs, segment);
  }

  /** One slice a place in turn, until nothing is due or enough has been read. */
  #serve(): number {
    let readBytes = 0;
    let waitMs = Infinity;
    let serving = [...this.#desks.values()];
    while (serving.length > 0) {
      serving = serving.filter((desk) => {
        if (readBytes >= readBudgetBytes) return false;
        const served = desk.serve(this.#isSealed && this.#queue.length === 0);
        if ('bytes' in served) readBytes += served.bytes;
        else waitMs = Math.min(waitMs, served.waitMs);
        return 'bytes' in served;
      });
    }
    return readBytes >= readBudgetBytes ? 0 : waitMs;
  }

  #isFree(segment: Segment): boolean {
    return ![...this.#book.places.values()].some((place) => place.needs(segment));
  }

  #free(): void {
    const { fs, emit } = this.#options;
    for (const segment of [...this.#segments]) {
      if (segment === this.#writer.active || !this.#isFree(segment)) continue;
      try {
        closeSegment(fs, segment);
        if (!this.#spares.keep(segment)) fs.remove(segment.path);
      } catch (error) {
        emit({ kind: 'upkeep_failed', message: messageOf(error) });
        return;
      }
      this.#segments.splice(this.#segments.indexOf(segment), 1);
      this.#corrupt.forget(segment);
    }
  }

  #createReport(): RecoveryReport {
    const { emit } = this.#options;
    return {
      truncated: (bytes) => {
        emit({ kind: 'truncated', bytes });
      },
      corrupt: (from, to) => {
        const length = Math.min(to - from, maxCorruptNoted);
        this.#corrupt.note(Array.from({ length }, (_, index) => from + index));
      },
      quarantined: (path) => {
        emit({ kind: 'quarantined', path });
      },
    };
  }

  #tellOldest(place: DiskPlace): void {
    const { number: placeNumber } = place;
    const oldestMs = place.oldestMs ?? peekQuietly(place);
    if (this.#told.oldestMs.get(placeNumber) === oldestMs) return;
    this.#told.oldestMs.set(placeNumber, oldestMs);
    this.#options.emit({ kind: 'oldest', place: placeNumber, oldestMs });
  }

  #tellSize(): void {
    const { emit } = this.#options;
    const bytes = this.#segments.reduce((sum, { end }) => sum + end, 0);
    if (bytes !== this.#told.bytes) emit({ kind: 'size', bytes });
    this.#told.bytes = bytes;
    const orphans = [...this.#book.places.values()]
      .filter(({ isHeld, orphanedMs }) => !isHeld && orphanedMs > 0)
      .map(({ exporterId, owed }) => ({ exporterId, bytes: owed.bytes }));
    const text = JSON.stringify(orphans);
    if (text !== this.#told.orphans) emit({ kind: 'orphans', orphans });
    this.#told.orphans = text;
  }
}

/** What cannot be read is told of by whoever wants the slice. */
function peekQuietly(place: DiskPlace): number | undefined {
  try {
    return place.peekMs();
  } catch {
    return undefined;
  }
}
