import type { ByteBudget, Reservation } from '../../pipeline/component/budget.ts';
import type { CompressedMessage } from './compressed-message.ts';

/** What a message takes once it is inflated, as far as can be known before. */
export function inflatedBytes({ compression, body }: CompressedMessage, maxBytes: number): number {
  if (compression === 'identity') return body.length;
  const announced = compression === 'gzip' ? announcedBytes(body) : body.length * usualRatio;
  return body.length + Math.min(maxBytes, Math.max(announced, body.length));
}

/** Telemetry compresses five- to tenfold. */
const usualRatio = 8;

/** A gzip member ends with its size modulo 2^32 (RFC 1952 §2.3.1); of several, the last one's. */
function announcedBytes(body: Uint8Array): number {
  const at = body.length - 4;
  return at < 0
    ? 0
    : new DataView(body.buffer, body.byteOffset, body.byteLength).getUint32(at, true);
}

/**
 * Makes a reservation up to `bytes`: at once where they are free, else within `maxWaitMs`; undefined where they do not come
 * free in time. One message may always have the whole budget to itself: more of it is on its way than will ever come free.
 */
export function extendReservation(
  budget: ByteBudget,
  reservation: Reservation,
  bytes: number,
  maxWaitMs: number,
): Reservation | undefined | Promise<Reservation | undefined> {
  const lacking = Math.min(bytes, budget.limit) - reservation.bytes;
  if (lacking <= 0) return reservation;
  const more = budget.take(lacking, reservation);
  return more === undefined
    ? budget
        .reserve(lacking, maxWaitMs, reservation)
        .then((late) => late && merge(reservation, late))
    : merge(reservation, more);
}

function merge(reservation: Reservation, more: Reservation): Reservation {
  // In this order, so that nobody who waits is let in between.
  reservation.settle(reservation.bytes + more.bytes);
  more.release();
  return reservation;
}
