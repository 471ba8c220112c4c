import type { Clock, Logger } from '../component/context.ts';
import type { Signal } from '../component/signal.ts';
import type { OwnMetrics } from '../telemetry/own-metrics.ts';
import { startStoreThread } from './disk-channel.ts';
import type { StoreChannel } from './disk-channel.ts';
import type { StoreReply, StoreRequest } from './disk/messages.ts';
import { isIncident, tellIncident } from './disk-incidents.ts';
import { createDiskLog } from './disk-log.ts';
import type { DiskLog } from './disk-log.ts';
import type { Log } from './log.ts';
import { StorageError } from './storage-error.ts';
import type { StorageSettings } from './storage.ts';
import type { LogStore, Orphan, StoreHealth } from './store.ts';

/** What `openDiskStore` takes. */
export interface DiskStoreOptions {
  readonly storage: StorageSettings;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: OwnMetrics;
  /** Bytes of a full segment; by the size of the disk where absent. */
  readonly segmentBytes?: number;
}

/** How long the backlog of an exporter that no configuration has is kept. */
const orphanTtlMs = 24 * 60 * 60 * 1000;

/**
 * Opens the store of a directory, which is locked until `close`. All I/O is done by a thread of its own, synchronously:
 * whoever waits for the disk waits for nothing else, and nobody else waits for the disk.
 * @throws StorageError where the directory cannot be used; then nothing in it has been changed.
 */
export function openDiskStore(options: DiskStoreOptions): Promise<LogStore> {
  return new Promise((resolve, reject) => {
    const store: DiskStore = new DiskStore(options, (failure) => {
      if (failure === undefined) resolve(store);
      else reject(failure);
    });
  });
}

type Answer = Extract<StoreReply, { kind: 'opened' | 'placed' }> | Error;

class DiskStore implements LogStore {
  readonly isDurable = true;
  readonly #options: DiskStoreOptions;
  readonly #channel: StoreChannel;
  readonly #logs = new Map<string, DiskLog>();
  readonly #opening = new Map<string, Promise<DiskLog>>();
  readonly #asked = new Map<number, (answer: Answer) => void>();
  readonly #onReady: (failure: Error | undefined) => void;
  readonly #ended: Promise<void>;
  readonly #unwatch: () => void;
  #idPrefix = '';
  #health: StoreHealth = { state: 'ok' };
  /** Why nothing answers any more. */
  #failure: Error | undefined;
  #requests = 0;
  #isClosing = false;
  #onEnd: () => void = () => undefined;

  constructor(options: DiskStoreOptions, onReady: (failure: Error | undefined) => void) {
    const { storage, segmentBytes, metrics } = options;
    this.#options = options;
    this.#onReady = onReady;
    this.#ended = new Promise((resolve) => {
      this.#onEnd = resolve;
    });
    const spec = { ...storage, orphanTtlMs, ...(segmentBytes !== undefined && { segmentBytes }) };
    this.#channel = startStoreThread(spec, {
      onReplies: (replies) => {
        for (const reply of replies) this.#receive(reply);
      },
      onEnd: (error) => {
        if (error !== undefined) this.#fail(error);
        this.#onEnd();
      },
    });
    this.#unwatch = metrics.watch('weir_orphaned_bytes', () =>
      this.orphans().map(({ pipeline, exporterId, bytes }) => ({
        labels: { pipeline, exporter: exporterId },
        value: bytes,
      })),
    );
  }

  open(pipeline: string, signal: Signal): Promise<Log> {
    const opening = this.#opening.get(pipeline) ?? this.#open(pipeline, signal);
    this.#opening.set(pipeline, opening);
    return opening;
  }

  health(): StoreHealth {
    return this.#health;
  }

  orphans(): readonly Orphan[] {
    return [...this.#logs].flatMap(([pipeline, log]) =>
      log.orphans.map((orphan) => ({ pipeline, ...orphan })),
    );
  }

  async close(): Promise<void> {
    if (!this.#isClosing) {
      this.#isClosing = true;
      this.#unwatch();
      for (const log of this.#logs.values()) log.seal();
      this.#channel.post({ kind: 'close' });
    }
    await this.#ended;
  }

  #open(pipeline: string, signal: Signal): Promise<DiskLog> {
    return new Promise((resolve, reject) => {
      this.#ask(
        (request) => ({ kind: 'open', request, pipeline }),
        (answer) => {
          if (answer instanceof Error) {
            this.#opening.delete(pipeline);
            reject(answer);
          } else if (answer.kind === 'opened') {
            resolve(this.#addLog(pipeline, signal, answer.log));
          }
        },
      );
    });
  }

  #addLog(pipeline: string, signal: Signal, log: number): DiskLog {
    const opened = createDiskLog({
      channel: this.#channel,
      log,
      signal,
      idPrefix: `${this.#idPrefix}/${pipeline}`,
      now: () => this.#options.clock.now(),
      askPlace: ({ exporterId, quota }, onAnswer) => {
        this.#ask(
          (request) => ({ kind: 'place', request, log, exporterId, quota }),
          (answer) => {
            if (answer instanceof Error || answer.kind === 'placed') onAnswer(answer);
          },
        );
      },
    });
    this.#logs.set(pipeline, opened);
    return opened;
  }

  #ask(toRequest: (request: number) => StoreRequest, onAnswer: (answer: Answer) => void): void {
    if (this.#failure !== undefined) {
      onAnswer(this.#failure);
      return;
    }
    this.#requests += 1;
    this.#asked.set(this.#requests, onAnswer);
    this.#channel.post(toRequest(this.#requests));
  }

  #receive(reply: StoreReply): void {
    switch (reply.kind) {
      case 'ready':
        this.#idPrefix = reply.idPrefix;
        this.#onReady(undefined);
        return;
      case 'opened':
      case 'placed':
        this.#answer(reply.request, reply);
        return;
      case 'refused': {
        const { problem, message, request } = reply;
        const error =
          problem === undefined ? new Error(message) : new StorageError(problem, message);
        if (request === undefined) this.#onReady(error);
        else this.#answer(request, error);
        return;
      }
      case 'health':
        this.#health = reply.health;
        this.#tellHealth(reply.health);
        return;
      case 'event':
        if (isIncident(reply.event)) tellIncident(this.#options, reply.pipeline, reply.event);
        else this.#logs.get(reply.pipeline)?.receive(reply.event);
        return;
      case 'closed':
    }
  }

  #answer(request: number, answer: Answer): void {
    const onAnswer = this.#asked.get(request);
    this.#asked.delete(request);
    onAnswer?.(answer);
  }

  #fail(error: Error): void {
    const reason = `the log failed and takes nothing more: ${error.message}`;
    this.#health = { state: 'failed', reason };
    this.#options.logger.error(reason);
    this.#failure = new Error(reason);
    for (const log of this.#logs.values()) log.fail(this.#failure);
    for (const request of [...this.#asked.keys()]) this.#answer(request, this.#failure);
    this.#onReady(error);
  }

  #tellHealth(health: StoreHealth): void {
    const { logger } = this.#options;
    if (health.state === 'ok') logger.info('the log takes requests again');
    else logger.error('the log refuses requests', { reason: health.reason });
  }
}
