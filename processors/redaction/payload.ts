import type { Detector } from './detector.ts';
import { mediaPayload } from './media-payload.ts';
import { vectorPayload } from './vector-payload.ts';

/** What is passed over because it holds no text, a closed set because it is a metric label. */
export type PayloadKind = 'media' | 'vector';

/** A kind of payload and how to find it. */
export interface Payload {
  readonly kind: PayloadKind;
  /** Literals at which one may start. */
  readonly literals: readonly string[];
  /** Where the payload ends whose literal stands at `at`, 0 where there is none. Takes time linear in it. */
  endOf(bytes: Uint8Array, at: number): number;
}

const payloads: readonly Payload[] = [mediaPayload, vectorPayload];

/** Payloads by the detectors that bring the scanner to them; these find nothing themselves. */
export const payloadOf: ReadonlyMap<Detector, Payload> = new Map(
  payloads.map((payload): [Detector, Payload] => [
    { gate: { kind: 'literal', literals: payload.literals }, find: () => undefined },
    payload,
  ]),
);
