import { Metadata, ServerInterceptingCall, status as grpcStatus } from '@grpc/grpc-js';
import type {
  ServerInterceptingCallInterface,
  ServerInterceptor,
  StatusObject,
} from '@grpc/grpc-js';
import type { Reservation } from '../../pipeline/component/budget.ts';
import type { Signal } from '../../pipeline/component/signal.ts';
import { encodeStatus } from '../../pipeline/otlp/status.ts';
import { busy, noPipeline, refusals, shuttingDown, tooSlow } from './answers.ts';
import type { Refusal, RefusalReason } from './answers.ts';
import { keepCompressed } from './compressed-message.ts';
import type { CompressedMessage } from './compressed-message.ts';
import { forgetChunks } from './forget-chunks.ts';
import { discard, pause, resume, watchLength } from './partial-message.ts';
import { extendReservation, inflatedBytes } from './reserve-inflated.ts';
import type { ServiceDeps } from './service.ts';
import { createSizeEstimate } from './size-estimate.ts';

/** A message that was read after bytes were reserved for it. */
export interface AdmittedMessage {
  /** Hands over the body and what is reserved for it: from here on the end of the call releases nothing. Once only. */
  take(): CompressedMessage & { readonly reservation: Reservation };
}

/** Settings of the admission. */
export interface AdmissionSettings {
  readonly maxMessageBytes: number;
  readonly maxWaitMs: number;
  /** A message and its end must be here this long after its call was let in. */
  readonly maxReadMs: number;
  isStopping(): boolean;
  /** Signal of a method by its path. */
  signalOf(path: string): Signal | undefined;
}

type SendStatus = ServerInterceptingCallInterface['sendStatus'];
type Status = Parameters<SendStatus>[0];
type CallListener = Parameters<ServerInterceptingCallInterface['start']>[0];

/**
 * An interceptor that holds each call before its message is read: gRPC does not announce a length, so an estimate is
 * reserved first, made up to the length that stands before the message as soon as that is here, and corrected once the
 * message is. Until bytes are reserved HTTP/2 flow control stops the client. A call that finds no room in time is answered
 * with UNAVAILABLE and RetryInfo, one whose message does not arrive in time with DEADLINE_EXCEEDED.
 */
export function createAdmission(deps: ServiceDeps, settings: AdmissionSettings): ServerInterceptor {
  const admissions: Readonly<Record<Signal, Admission>> = {
    traces: createSignalAdmission('traces', deps, settings),
    logs: createSignalAdmission('logs', deps, settings),
    metrics: createSignalAdmission('metrics', deps, settings),
  };
  const sendStatus = countOwnAnswers(deps);
  return (method, call) => {
    call.sendStatus = sendStatus;
    const signal = settings.signalOf(method.path);
    if (signal === undefined) return new ServerInterceptingCall(call);
    return new HeldCall(call, admissions[signal]);
  };
}

/** Decides on the calls of one signal. */
interface Admission {
  /** Why no call is taken now, whatever its size. */
  refusal(): Refusal | undefined;
  /** Room for the next message: at once where there is some and nobody waits. */
  reserve(): Reservation | undefined | Promise<Reservation | undefined>;
  /** Makes a reservation up to the message's length, as above; undefined where there is no room in time. */
  extend(
    reservation: Reservation,
    bytes: number,
  ): Reservation | undefined | Promise<Reservation | undefined>;
  readonly maxMessageBytes: number;
  readonly maxReadMs: number;
  /** Learns the size of a message. */
  observe(bytes: number): void;
  countRefused(reason: RefusalReason): void;
}

function createSignalAdmission(
  signal: Signal,
  { context: { ingressBudget }, ingress, counters }: ServiceDeps,
  settings: AdmissionSettings,
): Admission {
  const { maxMessageBytes, maxWaitMs, maxReadMs } = settings;
  const estimate = createSizeEstimate(maxMessageBytes);
  return {
    refusal: () => {
      if (settings.isStopping()) return shuttingDown;
      return ingress.accepts(signal) ? undefined : noPipeline(signal);
    },
    reserve: () => {
      const bytes = Math.min(estimate.bytes, ingressBudget.limit);
      return ingressBudget.take(bytes) ?? ingressBudget.reserve(bytes, maxWaitMs);
    },
    extend: (reservation, bytes) => extendReservation(ingressBudget, reservation, bytes, maxWaitMs),
    maxMessageBytes,
    maxReadMs,
    observe: (bytes) => {
      estimate.observe(bytes);
    },
    countRefused: (reason) => {
      counters.refused(reason);
    },
  };
}

/**
 * One call, as grpc-js sees it from outside and as the listener within. One object that stands for all closures of the
 * usual interceptors, because they are a good part of what a small call costs.
 */
// eslint-disable-next-line no-restricted-syntax -- grpc-js takes nothing but its own class from an interceptor.
class HeldCall extends ServerInterceptingCall implements CallListener, AdmittedMessage {
  readonly #call: ServerInterceptingCallInterface;
  readonly #admission: Admission;
  #listener: CallListener | undefined;
  #reservation: Reservation | undefined;
  #message: CompressedMessage | undefined;
  #isOver = false;
  /** The half close came while its message still waits for room to be inflated in. */
  #isEndHeld = false;
  #isHeld = false;
  /** Runs while the message, or the end that comes after it, is on its way. */
  #arrival: NodeJS.Timeout | undefined;

  constructor(call: ServerInterceptingCallInterface, admission: Admission) {
    super(call);
    keepCompressed(call);
    this.#call = call;
    this.#admission = admission;
  }

  override start(listener: CallListener): void {
    this.#listener = listener;
    this.#call.start(this);
  }

  onReceiveMetadata(metadata: Metadata): void {
    const refusal = this.#admission.refusal();
    if (refusal !== undefined) {
      this.#refuse(refusal);
      return;
    }
    const reservation = this.#admission.reserve();
    if (reservation instanceof Promise) {
      void reservation.then((granted) => {
        this.#admit(metadata, granted);
      });
    } else this.#admit(metadata, reservation);
  }

  #admit(metadata: Metadata, reservation: Reservation | undefined): void {
    if (this.#isOver) reservation?.release();
    else if (reservation === undefined) this.#refuse(busy);
    else {
      this.#reservation = reservation;
      this.#awaitRest();
      watchLength(this.#call, (bytes) => {
        this.#extend(reservation, bytes);
      });
      this.#listener?.onReceiveMetadata(metadata);
    }
  }

  #awaitRest(): void {
    this.#arrival = setTimeout(() => {
      this.#giveUp(tooSlow);
    }, this.#admission.maxReadMs).unref();
  }

  #extend(reservation: Reservation, bytes: number): void {
    const extended = this.#admission.extend(reservation, bytes);
    if (!(extended instanceof Promise)) return;
    pause(this.#call);
    void extended.then((granted) => {
      if (this.#isOver) reservation.release();
      else if (granted === undefined) this.#giveUp(busy);
      else resume(this.#call);
    });
  }

  /** Refuses a call whose message is on its way. */
  #giveUp(refusal: Refusal): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#refuse(refusal);
    discard(this.#call);
    this.#reservation?.release();
    this.#reservation = undefined;
  }

  onReceiveMessage(message: Uint8Array | CompressedMessage): void {
    if (this.#isOver) return;
    const reservation = this.#reservation;
    if (reservation === undefined) throw new Error('a message was read before it was admitted');
    this.#message = 'body' in message ? message : { body: message, compression: 'identity' };
    const { length } = this.#message.body;
    this.#admission.observe(length);
    reservation.settle(length);
    forgetChunks(this.#call);
    const needed = inflatedBytes(this.#message, this.#admission.maxMessageBytes);
    const extended = this.#admission.extend(reservation, needed);
    if (extended instanceof Promise) this.#hold(reservation, extended);
    else this.#listener?.onReceiveMessage(this);
  }

  /** Keeps a message back until there is room to inflate it. */
  #hold(reservation: Reservation, extended: Promise<Reservation | undefined>): void {
    this.#isHeld = true;
    clearTimeout(this.#arrival);
    void extended.then((granted) => {
      this.#isHeld = false;
      if (this.#isOver) reservation.release();
      else if (granted === undefined) this.#giveUp(busy);
      else {
        this.#awaitRest();
        this.#listener?.onReceiveMessage(this);
        if (this.#isEndHeld) this.onReceiveHalfClose();
      }
    });
  }

  take(): CompressedMessage & { readonly reservation: Reservation } {
    const message = this.#message;
    const reservation = this.#reservation;
    if (message === undefined || reservation === undefined) throw new Error('nothing to take');
    this.#message = undefined;
    this.#reservation = undefined;
    return { ...message, reservation };
  }

  onReceiveHalfClose(): void {
    if (this.#isHeld) this.#isEndHeld = true;
    else if (!this.#isOver) {
      clearTimeout(this.#arrival);
      this.#listener?.onReceiveHalfClose();
    }
  }

  onCancel(): void {
    this.#isOver = true;
    this.#reservation?.release();
    this.#listener?.onCancel();
    this.#forget();
  }

  override sendMetadata(metadata: Metadata): void {
    this.#call.sendMetadata(metadata);
  }

  override sendMessage(message: unknown, callback: () => void): void {
    this.#call.sendMessage(message, callback);
  }

  override sendStatus(status: Status): void {
    this.#call.sendStatus(status);
    this.#forget();
  }

  /** Node keeps the streams of finished calls until a full garbage collection: what hangs off them must not stay as long. */
  #forget(): void {
    clearTimeout(this.#arrival);
    this.#listener = undefined;
    this.#message = undefined;
  }

  #refuse(refusal: Refusal): void {
    this.#admission.countRefused(refusal.reason);
    this.sendStatus(toGrpcStatus(refusal));
  }
}

/** A refusal as gRPC writes it: sent before any message it becomes a trailers-only answer, the one place where all clients look for RetryInfo. */
export function toGrpcStatus(refusal: Refusal): StatusObject {
  const { message, retryAfterMs } = refusal;
  const code = refusals[refusal.reason].grpc;
  const metadata = new Metadata();
  const details = encodeStatus({ code, message, retryAfterMs });
  metadata.set('grpc-status-details-bin', Buffer.from(details));
  return { code, details: message, metadata };
}

/** Answers that grpc-js gives by itself while it reads a message, by the beginning of their sentence. */
const ownAnswers: readonly { code: grpcStatus; details: string; reason: RefusalReason }[] = [
  { code: grpcStatus.RESOURCE_EXHAUSTED, details: 'Received message', reason: 'too_large' },
  { code: grpcStatus.UNIMPLEMENTED, details: 'Received message', reason: 'content_encoding' },
  // A call holds one message, not none or two.
  { code: grpcStatus.UNIMPLEMENTED, details: 'Received no request', reason: 'invalid' },
  { code: grpcStatus.UNIMPLEMENTED, details: 'Received a second request', reason: 'invalid' },
];

/**
 * Counts the answers of grpc-js. It sends them past the interceptors, from the call itself, so that its own method is where
 * they are met.
 */
function countOwnAnswers({ counters }: ServiceDeps): SendStatus {
  return function sendStatus(this: ServerInterceptingCallInterface, status) {
    const answer = status.code === grpcStatus.OK ? undefined : findOwnAnswer(status);
    if (answer !== undefined) counters.refused(answer.reason);
    // The interceptor put this function on the call itself; its class has the method that sends.
    const own = Object.getPrototypeOf(this) as ServerInterceptingCallInterface;
    own.sendStatus.call(this, status);
  };
}

function findOwnAnswer({ code, details }: Status): (typeof ownAnswers)[number] | undefined {
  return ownAnswers.find((own) => own.code === code && details.startsWith(own.details));
}
