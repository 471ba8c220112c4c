import type { ByteBudget, Reservation } from '../component/budget.ts';
import type { Clock } from '../component/context.ts';
import { systemClock } from '../telemetry/clock.ts';

interface Waiter {
  readonly bytes: number;
  readonly timeout: AbortController;
  /** What the asker has already, as it is now. */
  readonly held: Pick<Reservation, 'bytes'> | undefined;
  grant(reservation: Reservation | undefined): void;
}

/** What a call may send unread where the budget is small: HTTP/2's first window, and a socket's buffer. */
const minUnreadBytes = 64 * 1024;

/** Past this a wider window hardly makes reading cheaper. */
const maxUnreadBytes = 512 * 1024;

/** Calls that may wait with as much unread as each may send. */
const fullWaiters = 512;

/** So many may wait even where the budget is tiny. */
const minWaiters = 64;

/** How much is given out between two looks at how far the budget is open: a look costs microseconds, reading this much a millisecond. */
const lookEveryBytes = 512 * 1024;

/** How soon it is looked again whether a budget that is not wide open may be opened. */
const lookAgainMs = 50;

/** What a budget is made with. */
export interface ByteBudgetOptions {
  readonly clock?: Pick<Clock, 'sleep'>;
  /** Share of the budget, over 0 and up to 1, that may be given out now; all of it where absent. */
  readonly openShare?: () => number;
  /** Called when a budget that was wide open is not any more. */
  readonly onNarrowed?: () => void;
}

/** A budget whose size a reload may change. */
export interface AdjustableBudget extends ByteBudget {
  /** What is reserved stays so; who waits for more than the new limit is refused. */
  adjust(limitBytes: number, openShare: () => number): void;
}

/**
 * Makes a budget of `limitBytes` that is given out in the order of asking, first to those who hold some of it already: a
 * large request at the head holds back smaller ones behind it, so that it is not starved. Only `settle` can take `reserved`
 * over the limit, and one asker at a time where all that is reserved is held by those who wait for more. No more wait than
 * could fill the budget once more with what they have sent unread. Where it is not wide open, whoever finds nothing reserved
 * gets what he asks for: it becomes slower, and never stands still.
 */
export function createByteBudget(
  limitBytes: number,
  options: ByteBudgetOptions = {},
): AdjustableBudget {
  return new SharedBudget(limitBytes, options);
}

class SharedBudget implements AdjustableBudget {
  #limit: number;
  #reserved = 0;
  readonly #clock: Pick<Clock, 'sleep'>;
  readonly #onNarrowed: () => void;
  #openShare: () => number;
  #isNarrow = false;
  /** What may be given out now. */
  #openBytes: number;
  #grantedSinceLook = 0;
  /** In order of asking; a waiter that gives up leaves from the middle at no cost. */
  readonly #waiters = new Set<Waiter>();
  /** Those who hold some; they go before the others. */
  readonly #holders = new Set<Waiter>();

  constructor(limitBytes: number, options: ByteBudgetOptions) {
    const { clock = systemClock, openShare, onNarrowed = (): void => undefined } = options;
    this.#limit = limitBytes;
    this.#openBytes = limitBytes;
    this.#clock = clock;
    this.#openShare = openShare ?? (() => 1);
    this.#onNarrowed = onNarrowed;
  }

  get limit(): number {
    return this.#limit;
  }

  get reserved(): number {
    return this.#reserved;
  }

  get unreadBytes(): number {
    return Math.min(
      maxUnreadBytes,
      Math.max(minUnreadBytes, Math.floor(this.#limit / fullWaiters)),
    );
  }

  take(bytes: number, held?: Waiter['held']): Reservation | undefined {
    if (this.#waiting > 0 || !this.#isFree(bytes, held !== undefined)) return undefined;
    return this.#grant(bytes);
  }

  async reserve(
    bytes: number,
    maxWaitMs: number,
    held?: Waiter['held'],
  ): Promise<Reservation | undefined> {
    if (bytes > this.#limit) return undefined;
    const maxWaiters = Math.max(minWaiters, this.#limit / this.unreadBytes);
    const mayWait = maxWaitMs > 0 && this.#waiting < maxWaiters;
    return this.take(bytes, held) ?? (mayWait ? this.#wait(bytes, maxWaitMs, held) : undefined);
  }

  adjust(limitBytes: number, openShare: () => number): void {
    this.#limit = limitBytes;
    this.#openShare = openShare;
    for (const line of [this.#holders, this.#waiters]) {
      for (const waiter of line) {
        if (waiter.bytes <= limitBytes) continue;
        line.delete(waiter);
        waiter.timeout.abort();
        waiter.grant(undefined);
      }
    }
    this.#look();
    this.#serve();
  }

  change(bytes: number): void {
    this.#reserved += bytes;
    if (this.#waiting > 0) this.#serve();
  }

  get #waiting(): number {
    return this.#waiters.size + this.#holders.size;
  }

  /** Who holds some already may have all there is: let in for nothing, it would only keep others out. */
  #isFree(bytes: number, isHolder: boolean): boolean {
    const limit = isHolder || this.#reserved === 0 ? this.#limit : this.#openBytes;
    return this.#reserved + bytes <= limit;
  }

  #look(): void {
    this.#grantedSinceLook = 0;
    this.#openBytes = Math.floor(this.#limit * this.#openShare());
    if (this.#isNarrow || this.#openBytes >= this.#limit) return;
    this.#isNarrow = true;
    this.#onNarrowed();
    void this.#widen();
  }

  /** Looks again and again until the budget is wide open. */
  async #widen(): Promise<void> {
    while (this.#openBytes < this.#limit) {
      await this.#clock.sleep(lookAgainMs);
      this.#look();
      if (this.#waiting > 0) this.#serve();
    }
    this.#isNarrow = false;
  }

  #grant(bytes: number): Reservation {
    this.#grantedSinceLook += bytes;
    if (this.#grantedSinceLook >= lookEveryBytes) this.#look();
    this.#reserved += bytes;
    return new Share(this, bytes);
  }

  #serve(): void {
    for (const line of [this.#holders, this.#waiters]) {
      for (const waiter of line) {
        const isFree = this.#isFree(waiter.bytes, waiter.held !== undefined);
        if (!isFree && !this.#isStuck()) return;
        line.delete(waiter);
        waiter.timeout.abort();
        waiter.grant(this.#grant(waiter.bytes));
      }
    }
  }

  /** Whether all that is reserved is held by those who wait for more. */
  #isStuck(): boolean {
    if (this.#holders.size === 0) return false;
    let held = 0;
    for (const waiter of this.#holders) held += waiter.held?.bytes ?? 0;
    return held >= this.#reserved;
  }

  #wait(bytes: number, maxWaitMs: number, held: Waiter['held']): Promise<Reservation | undefined> {
    const line = held === undefined ? this.#waiters : this.#holders;
    return new Promise((resolve) => {
      const waiter: Waiter = { bytes, timeout: new AbortController(), held, grant: resolve };
      line.add(waiter);
      const giveUp = (): void => {
        if (!line.delete(waiter)) return;
        resolve(undefined);
        this.#serve();
      };
      this.#clock.sleep(maxWaitMs, waiter.timeout.signal).then(giveUp, giveUp);
      if (held !== undefined) this.#serve();
    });
  }
}

/** A class, because every request makes one. */
class Share implements Reservation {
  #bytes: number;
  #isReleased = false;
  readonly #budget: SharedBudget;

  constructor(budget: SharedBudget, bytes: number) {
    this.#budget = budget;
    this.#bytes = bytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  settle(bytes: number): void {
    if (this.#isReleased) return;
    const growth = bytes - this.#bytes;
    this.#bytes = bytes;
    this.#budget.change(growth);
  }

  release(): void {
    this.settle(0);
    this.#isReleased = true;
  }
}
