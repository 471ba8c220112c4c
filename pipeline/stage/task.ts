import type { DropReason } from '../batch/batch.ts';
import type { Compression, Stamp } from '../component/receiver.ts';
import type { Trimmed } from '../batch/trim.ts';
import type { Signal } from '../component/signal.ts';
import type { Payload, SliceBytes } from '../component/transform.ts';
import type { CounterDelta } from './counters.ts';

/** How a request differs from plain protobuf that nothing is stamped on. */
export interface RequestForm {
  readonly encoding: 'protobuf' | 'json';
  readonly compression: Compression;
  readonly maxBytes: number;
  readonly stamps: readonly Stamp[];
}

/** Requests of one pipeline, end to end in one buffer. */
export interface StageTask {
  readonly kind: 'stage';
  /** Index in `StageSpec.chains`. */
  readonly chain: number;
  /** Alone in its ArrayBuffer, which may be longer, and is transferred. */
  readonly bytes: Uint8Array;
  /** End offset of each request. */
  readonly ends: readonly number[];
  /** By request; undefined means plain, absent means all are. */
  readonly forms?: readonly (RequestForm | undefined)[];
}

/** Items of a task that one component dropped. */
export interface DropCount {
  /** Component id. */
  readonly component: string;
  readonly reason: DropReason;
  items: number;
}

/** What became of a request that was not simply taken; the pipeline's own words for the verdict's kinds. */
export type TaskVerdict =
  | { readonly kind: 'accepted'; readonly rejectedItems: number; readonly message: string }
  | { readonly kind: 'invalid'; readonly message: string; readonly reason: UnreadableReason }
  | { readonly kind: 'too_large'; readonly message: string };

/** Why a request cannot be taken at all, now or later. */
export type UnreadableReason = 'malformed' | 'unprocessable';

/** What a worker says about a stage task. */
export interface StageAnswer {
  /** The accepted requests, end to end: one valid export request. */
  readonly bytes: Uint8Array;
  /** Whether nobody else holds the buffer of `bytes`; false or absent where it may be a request's own. */
  readonly isExclusive?: boolean;
  /** The task's memory, where it went to a worker and no longer holds anything. */
  readonly spent?: ArrayBuffer;
  /** Items in `bytes`. */
  readonly items: number;
  /** Items that came, by request; 0 for one that could not be read. */
  readonly received: readonly number[];
  /** Items that broke the rules of the wire. */
  readonly invalid: number;
  /** Items of requests that were readable, yet refused whole. */
  readonly unprocessable: number;
  readonly drops?: readonly DropCount[];
  /** By request; undefined means accepted whole, absent means all were. */
  readonly verdicts?: readonly (TaskVerdict | undefined)[];
  readonly counters?: readonly CounterDelta[];
  /** What the maps made of the accepted requests. */
  readonly summaries?: readonly Summary[];
  /** What was taken out of items that were over the limits, by request that had any. */
  readonly trimmed?: readonly Trimmed[];
  /** Parts that threw, one for each request that is unprocessable for it. */
  readonly failures?: readonly PartFailure[];
}

/** A part that threw: a bug in it. */
export interface PartFailure {
  readonly component: string;
  /** Name of the error and where it was thrown; never its message, which may quote the content. */
  readonly error: string;
}

/** One map's summary of one request. */
export interface Summary {
  /** Connector or sampler id. */
  readonly component: string;
  readonly summary: unknown;
}

/** A slice for an exporter's encoder. */
export interface EncodeTask {
  readonly kind: 'encode';
  /** Index in `StageSpec.encoders`. */
  readonly encoder: number;
  readonly slice: SliceBytes;
}

/** What a worker says about an encode task. */
export interface EncodeAnswer {
  readonly payloads: Payload[];
  readonly counters?: readonly CounterDelta[];
}

/** A slice to be cut in two, because a sink finds it too large. */
export interface SplitTask {
  readonly kind: 'split';
  readonly signal: Signal;
  readonly bytes: Uint8Array;
}

/** The two halves by items; one where there is only one item. */
export interface SplitAnswer {
  readonly halves: readonly { readonly bytes: Uint8Array; readonly items: number }[];
}

/** Anything that workers are asked. */
export type Task = StageTask | EncodeTask | SplitTask;
