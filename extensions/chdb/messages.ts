import type { Credentials } from './connection.ts';

/** What became of one request to the store, a closed set because it is a metric label. */
export type QueryOutcome = 'ok' | 'failed' | 'timeout' | 'refused';

/** Why a partition was dropped, a closed set because it is a metric label. */
export type DropCause = 'retention' | 'max_disk';

/** What the child needs to serve a store. */
export interface BridgeOptions {
  /** Directory of the engine's files. */
  readonly directory: string;
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly credentials: Credentials;
  readonly memoryLimitBytes: number;
  /** 0 means no limit. */
  readonly maxQueryMs: number;
  /** 0 keeps everything. */
  readonly retentionMs: number;
  /** 0 means no cap. */
  readonly maxDiskBytes: number;
  readonly upkeepMs: number;
}

/** From the daemon to the child. */
export type ParentMessage =
  { readonly kind: 'open'; readonly options: BridgeOptions } | { readonly kind: 'stop' };

/** Why a store could not be opened. */
export type OpenFailure = 'port_taken' | 'locked' | 'engine';

/** What happened since the last report. */
export interface BridgeReport {
  readonly kind: 'report';
  readonly queries: Readonly<Partial<Record<QueryOutcome, number>>>;
  readonly diskBytes: number;
  /** Day partitions dropped, by cause. */
  readonly dropped: Readonly<Partial<Record<DropCause, number>>>;
  /** Rounds of upkeep that the engine refused. */
  readonly upkeepFailures: number;
}

/** From the child to the daemon. */
export type ChildMessage =
  | { readonly kind: 'ready'; readonly url: string; readonly version: string }
  | { readonly kind: 'failed'; readonly cause: OpenFailure; readonly message: string }
  | BridgeReport;
