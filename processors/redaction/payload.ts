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
  /** The payload whose literal stands at `at` or that it announces. Takes time linear in it. */
  find(bytes: Uint8Array, at: number): PayloadBounds | undefined;
}

/** `start` to `end` (exclusive): text between a literal and the payload that it announces is none of it. */
export interface PayloadBounds {
  readonly start: number;
  readonly end: number;
}

const payloads: readonly Payload[] = [mediaPayload, vectorPayload];

/** Payloads by the detectors that bring the scanner to them; these find nothing themselves. */
export const payloadOf: ReadonlyMap<Detector, Payload> = new Map(
  payloads.map((payload): [Detector, Payload] => [
    { gate: { kind: 'literal', literals: payload.literals }, find: () => undefined },
    payload,
  ]),
);
