import type { IncomingMessage } from 'node:http';
import { freeMemory } from '../../pipeline/admission/free-memory.ts';
import type { ByteBudget, Reservation } from '../../pipeline/component/budget.ts';

/** Limits of one body. */
export interface BodyLimits {
  readonly maxBytes: number;
  /** How long to wait for the budget, each time more is needed. */
  readonly maxWaitMs: number;
}

/** A body with the bytes reserved for it, or why there is none. */
export type BodyResult =
  | { readonly kind: 'read'; readonly body: Uint8Array; readonly reservation: Reservation }
  | { readonly kind: 'too_large' }
  | { readonly kind: 'busy' }
  | { readonly kind: 'cancelled' };

/** What a body without a length reserves first, and then each time anew. */
const chunkedStepBytes = 256 * 1024;

/**
 * Reads a body after its bytes are reserved: all of them where Content-Length says how many, step by step where the body is
 * chunked. `onAdmitted` runs before the first byte is read, for `100 Continue`.
 */
export async function readBody(
  request: IncomingMessage,
  budget: ByteBudget,
  limits: BodyLimits,
  onAdmitted: () => void,
): Promise<BodyResult> {
  const announced = request.headers['content-length'];
  const size = announced === undefined ? undefined : Number(announced);
  if (size !== undefined && size > limits.maxBytes) return { kind: 'too_large' };
  const first = Math.min(size ?? chunkedStepBytes, budget.limit);
  const reservation = await budget.reserve(first, limits.maxWaitMs);
  if (reservation === undefined) return { kind: 'busy' };
  onAdmitted();
  const held = new HeldBody(budget, limits, reservation);
  try {
    for await (const chunk of request.iterator({ destroyOnReturn: false })) {
      if (!(chunk instanceof Uint8Array)) continue;
      const refusal = held.add(chunk) ?? (await held.grow());
      if (refusal !== undefined) return held.giveUp(refusal);
    }
  } catch {
    return held.giveUp('cancelled');
  } finally {
    // The connection's next request comes after what is left of this one, and Node skips only what nobody began to read.
    request.resume();
  }
  return request.complete ? held.finish() : held.giveUp('cancelled');
}

class HeldBody {
  readonly #chunks: Uint8Array[] = [];
  readonly #budget: ByteBudget;
  readonly #limits: BodyLimits;
  readonly #reservation: Reservation;
  /** What growing took besides; merged into the first once the body is whole. */
  readonly #more: Reservation[] = [];
  #reserved: number;
  #size = 0;

  constructor(budget: ByteBudget, limits: BodyLimits, reservation: Reservation) {
    this.#budget = budget;
    this.#limits = limits;
    this.#reservation = reservation;
    this.#reserved = reservation.bytes;
  }

  add(chunk: Uint8Array): 'too_large' | undefined {
    this.#size += chunk.length;
    if (this.#size > this.#limits.maxBytes) return 'too_large';
    this.#chunks.push(chunk);
    return undefined;
  }

  /** Reserves another step where what has come in is more than what is reserved. */
  async grow(): Promise<'busy' | undefined> {
    if (this.#size <= this.#reserved) return undefined;
    // One body may always have the whole budget to itself: more of it is on its way than will ever come free.
    const step = Math.min(chunkedStepBytes, this.#budget.limit - this.#reserved);
    if (step <= 0) return undefined;
    const held = { bytes: this.#reserved };
    const more = await this.#budget.reserve(step, this.#limits.maxWaitMs, held);
    if (more === undefined) return 'busy';
    this.#more.push(more);
    this.#reserved += step;
    return undefined;
  }

  giveUp(kind: 'too_large' | 'busy' | 'cancelled'): BodyResult {
    this.#free();
    for (const reservation of [this.#reservation, ...this.#more]) reservation.release();
    return { kind };
  }

  finish(): BodyResult {
    for (const reservation of this.#more) reservation.release();
    this.#reservation.settle(this.#size);
    return { kind: 'read', body: this.#join(), reservation: this.#reservation };
  }

  #join(): Uint8Array {
    const [only] = this.#chunks;
    if (this.#chunks.length === 1 && only !== undefined) return only;
    const body = Buffer.concat(this.#chunks);
    this.#free();
    return body;
  }

  #free(): void {
    for (const chunk of this.#chunks) freeMemory(chunk);
  }
}
