/** Bytes taken from a budget. */
export interface Reservation {
  readonly bytes: number;
  /** Corrects an estimate once the size is known; may go over the budget, because the bytes are already here. */
  settle(bytes: number): void;
  /** Gives everything back; safe twice. */
  release(): void;
}

/** A number of bytes that holders share, first come, first served. */
export interface ByteBudget {
  readonly limit: number;
  readonly reserved: number;
  /** What a call may have sent before it is read, whether it is let in or not: a share of the limit, 64 to 512 KiB. */
  readonly unreadBytes: number;
  /** Reserves bytes at once; undefined where they are not free or others wait for them. `held` as in `reserve`. */
  take(bytes: number, held?: Pick<Reservation, 'bytes'>): Reservation | undefined;
  /**
   * Reserves bytes, waiting up to `maxWaitMs` for others to release; undefined where it did not come free in time or
   * more than the whole budget is asked for. Who holds bytes meanwhile says so with `held`, goes before all who hold none,
   * and is let over the limit where nobody is left who could release any: else those who hold some would wait for each other.
   */
  reserve(
    bytes: number,
    maxWaitMs: number,
    held?: Pick<Reservation, 'bytes'>,
  ): Promise<Reservation | undefined>;
}
