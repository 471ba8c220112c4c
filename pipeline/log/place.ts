import type { Backlog, Cursor, CursorOptions, Slice, SliceLimits } from './log.ts';

/** What one exporter owes in a log, whichever cursor holds it. Cursors come and go with graphs; the place stays. */
export interface Place {
  readonly backlog: Backlog;
  readonly recoveredItems: number;
  /** Resolves as `Cursor.next`; undefined too once `closed` aborts. */
  next(limits: SliceLimits, abort: AbortSignal, closed: AbortSignal): Promise<Slice | undefined>;
  done(slice: Slice): void;
  abandon(slice: Slice): void;
  /** The quota that counts from now on, and who is told of losses. */
  hold(options: CursorOptions): void;
  /** The holder is gone: what it left unsettled comes again first. */
  release(): void;
  /**
   * Nobody follows the last holder.
   * @param isUnused whether the place is new and was never read from: then it is forgotten.
   * @returns the items lost.
   */
  leave(isUnused: boolean): number;
}

/** The cursors of one place: the first holds it, the others wait for their turn. */
export interface PlaceLine {
  open(options: CursorOptions): Cursor;
}

/** Creates the line of cursors of a place. `isNew` where the exporter had no place in the log before. */
export function createPlaceLine(place: Place, { isNew }: { readonly isNew: boolean }): PlaceLine {
  const line: LineCursor[] = [];
  const state = { isUnused: isNew };
  return {
    open: (options) => {
      const isFirst = line.length === 0;
      const cursor = new LineCursor(place, options, line, state);
      line.push(cursor);
      if (isFirst) cursor.takeTurn();
      return cursor;
    },
  };
}

class LineCursor implements Cursor {
  readonly recoveredItems: number;
  readonly #place: Place;
  readonly #options: CursorOptions;
  readonly #line: LineCursor[];
  readonly #state: { isUnused: boolean };
  readonly #closed = new AbortController();
  /** Ends the wait of `next` for this cursor's turn. */
  readonly #waiters = new Set<() => void>();

  constructor(
    place: Place,
    options: CursorOptions,
    line: LineCursor[],
    state: { isUnused: boolean },
  ) {
    this.#place = place;
    this.#options = options;
    this.#line = line;
    this.#state = state;
    this.recoveredItems = line.length === 0 ? place.recoveredItems : 0;
  }

  get backlog(): Backlog {
    return this.#place.backlog;
  }

  async next(limits: SliceLimits, abort: AbortSignal): Promise<Slice | undefined> {
    while (!this.#isTurn && !abort.aborted && !this.#closed.signal.aborted) {
      await this.#waitForTurn(abort);
    }
    if (abort.aborted || this.#closed.signal.aborted) return undefined;
    this.#state.isUnused = false;
    return this.#place.next(limits, abort, this.#closed.signal);
  }

  done(slice: Slice): void {
    if (this.#isTurn) this.#place.done(slice);
  }

  abandon(slice: Slice): void {
    if (this.#isTurn) this.#place.abandon(slice);
  }

  takeTurn(): void {
    this.#place.hold(this.#options);
    for (const wake of this.#waiters) wake();
  }

  close(): number {
    if (this.#closed.signal.aborted) return 0;
    const wasTurn = this.#isTurn;
    this.#line.splice(this.#line.indexOf(this), 1);
    this.#closed.abort();
    if (!wasTurn) return 0;
    this.#place.release();
    const [following] = this.#line;
    following?.takeTurn();
    return following === undefined ? this.#place.leave(this.#state.isUnused) : 0;
  }

  get #isTurn(): boolean {
    return this.#line[0] === this;
  }

  #waitForTurn(abort: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#waiters.delete(wake);
        abort.removeEventListener('abort', wake);
        this.#closed.signal.removeEventListener('abort', wake);
        resolve();
      };
      this.#waiters.add(wake);
      abort.addEventListener('abort', wake, { once: true });
      this.#closed.signal.addEventListener('abort', wake, { once: true });
    });
  }
}
