import { hasGathered } from '../amount.ts';
import type { SliceLimits } from '../log.ts';
import type { DiskPlace } from './disk-place.ts';
import type { EmitLogEvent } from './events.ts';
import { messageOf } from './message-of.ts';

/** Someone who waits for a slice of a place. */
interface Ticket {
  readonly number: number;
  readonly limits: SliceLimits;
}

/** Hands out slices of one place to those who wait, in the order in which they came. */
export interface TicketDesk {
  add(number: number, limits: SliceLimits): void;
  cancel(number: number): void;
  /**
   * Serves the next one where a slice is due.
   * @returns the bytes handed out, or how long until something may be due: Infinity where only an append can make it so.
   */
  serve(isSealed: boolean): { readonly bytes: number } | { readonly waitMs: number };
}

/** A disk that fails to read is asked again after this long. */
const readAgainMs = 1000;

/** Creates the desk of a place. */
export function createTicketDesk(
  place: DiskPlace,
  clock: { readonly now: () => number; readonly monotonic: () => number },
  emit: EmitLogEvent,
): TicketDesk {
  const tickets: Ticket[] = [];
  /** Monotonic time at which what is unread began to wait. */
  let waitingSinceMs: number | undefined;

  const dueInMs = (limits: SliceLimits, isSealed: boolean): number => {
    const { unread } = place;
    if (place.hasRefill) return 0;
    if (unread.requests === 0) return Infinity;
    if (isSealed) return 0;
    if (hasGathered(unread, limits)) return 0;
    // The epoch may jump while something waits: it is asked once.
    waitingSinceMs ??= clock.monotonic() - Math.max(0, clock.now() - (place.peekMs() ?? 0));
    return Math.max(0, waitingSinceMs + limits.flushMs - clock.monotonic());
  };

  const serve: TicketDesk['serve'] = (isSealed) => {
    const [ticket] = tickets;
    if (ticket === undefined || !place.hasFreeSlot) return { waitMs: Infinity };
    const waitMs = dueInMs(ticket.limits, isSealed);
    if (waitMs > 0 && waitMs < Infinity) return { waitMs };
    const taken = waitMs === 0 ? place.take(ticket.limits) : undefined;
    if (taken === undefined && !isSealed) return { waitMs: Infinity };
    tickets.shift();
    waitingSinceMs = undefined;
    if (taken === undefined) {
      emit({ kind: 'ended', place: place.number, ticket: ticket.number });
      return { bytes: 0 };
    }
    const { from, to, read } = taken;
    const { bytes, amount } = read;
    const slice = { from, to, bytes, amount };
    emit({ kind: 'slice', place: place.number, ticket: ticket.number, slice });
    return { bytes: bytes.byteLength };
  };

  return {
    add: (number, limits) => {
      tickets.push({ number, limits });
    },
    cancel: (number) => {
      const index = tickets.findIndex((ticket) => ticket.number === number);
      if (index >= 0) tickets.splice(index, 1);
    },
    serve: (isSealed) => {
      try {
        return serve(isSealed);
      } catch (error) {
        emit({ kind: 'upkeep_failed', message: messageOf(error) });
        return { waitMs: readAgainMs };
      }
    },
  };
}
