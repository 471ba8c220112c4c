import type { Signal } from '../component/signal.ts';
import type { Amount } from './amount.ts';
import type { StoreChannel } from './disk-channel.ts';
import type { LogChange, PlaceEvent } from './disk/events.ts';
import type { StoreReply } from './disk/messages.ts';
import { amountOf, createDiskPlaceProxy } from './disk-place-proxy.ts';
import type { DiskPlaceProxy } from './disk-place-proxy.ts';
import { LogFullError } from './log.ts';
import type { Cursor, CursorOptions, Log, LogRecord, Position } from './log.ts';
import { createPlaceLine } from './place.ts';
import type { PlaceLine } from './place.ts';

/** A log on disk, as the main thread sees it. */
export interface DiskLog extends Log {
  /** Bytes that only wait for exporters that no configuration has, by exporter. */
  readonly orphans: readonly { readonly exporterId: string; readonly bytes: number }[];
  receive(event: LogChange | PlaceEvent): void;
  /** The thread is gone: whatever waits for it fails. */
  fail(error: Error): void;
}

/** What a log on the main thread is made of. */
export interface DiskLogOptions {
  readonly channel: StoreChannel;
  readonly log: number;
  readonly signal: Signal;
  readonly idPrefix: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Asks the thread for an exporter's place; calls back as the answer arrives, before anything that happened after it. */
  readonly askPlace: (options: CursorOptions, onAnswer: (answer: PlaceAnswer) => void) => void;
}

/** The answer to a request for a place. */
export type PlaceAnswer = Extract<StoreReply, { kind: 'placed' }> | Error;

interface PendingAppend {
  readonly amount: Readonly<Amount>;
  readonly resolve: (position: Position) => void;
  readonly reject: (error: Error) => void;
}

/** Creates the main thread's side of a log that was opened. */
export function createDiskLog(options: DiskLogOptions): DiskLog {
  return new LogProxy(options);
}

class LogProxy implements DiskLog {
  readonly isDurable = true;
  readonly signal: Signal;
  bytes = 0;
  orphans: DiskLog['orphans'] = [];
  readonly #options: DiskLogOptions;
  readonly #appends = new Map<number, PendingAppend>();
  readonly #places = new Map<number, DiskPlaceProxy>();
  readonly #lines = new Map<string, PlaceLine>();
  /** Exporters whose place the thread is asked for, and who waits for it. */
  readonly #asked = new Map<string, ((line: PlaceLine | Error) => void)[]>();
  #appended = 0;
  #end: Error | undefined;

  constructor(options: DiskLogOptions) {
    this.#options = options;
    this.signal = options.signal;
  }

  append(record: LogRecord): Promise<Position> {
    if (this.#end !== undefined) return Promise.reject(this.#end);
    this.#appended += 1;
    const number = this.#appended;
    const amount = amountOf(record);
    const { channel, log } = this.#options;
    return new Promise((resolve, reject) => {
      this.#appends.set(number, { amount, resolve, reject });
      const { bytes, items, requests, isExclusive = false } = record;
      const append = { number, bytes, items, requests };
      channel.post({ kind: 'append', log, append, isExclusive });
    });
  }

  cursor(options: CursorOptions): Promise<Cursor> {
    const line = this.#lines.get(options.exporterId);
    if (line !== undefined) return Promise.resolve(line.open(options));
    return new Promise((resolve, reject) => {
      const onLine = (opened: PlaceLine | Error): void => {
        if (opened instanceof Error) reject(opened);
        else resolve(opened.open(options));
      };
      const waiting = this.#asked.get(options.exporterId);
      if (waiting === undefined) this.#askLine(options, onLine);
      else waiting.push(onLine);
    });
  }

  settled(): Promise<void> {
    return Promise.resolve();
  }

  seal(): void {
    if (this.#end !== undefined) return;
    this.#end = new Error('the log is sealed');
    this.#options.channel.post({ kind: 'seal', log: this.#options.log });
  }

  close(): Promise<void> {
    this.seal();
    return Promise.resolve();
  }

  receive(event: LogChange | PlaceEvent): void {
    switch (event.kind) {
      case 'committed':
        this.#commit(event.appends, event.positions);
        return;
      case 'full':
        this.#takeAppend(event.append)?.reject(new LogFullError(event.exporterId));
        return;
      case 'failed':
        for (const append of event.appends) {
          this.#takeAppend(append)?.reject(new Error(event.message));
        }
        return;
      case 'size':
        this.bytes = event.bytes;
        return;
      case 'orphans':
        this.orphans = event.orphans;
        return;
      case 'slice':
      case 'ended':
      case 'dropped':
      case 'oldest':
        this.#places.get(event.place)?.receive(event);
    }
  }

  fail(error: Error): void {
    this.#end = error;
    for (const { reject } of this.#appends.values()) reject(error);
    this.#appends.clear();
  }

  #askLine(options: CursorOptions, onLine: (line: PlaceLine | Error) => void): void {
    const { exporterId } = options;
    const waiting = [onLine];
    this.#asked.set(exporterId, waiting);
    this.#options.askPlace(options, (answer) => {
      this.#asked.delete(exporterId);
      const line = answer instanceof Error ? answer : this.#addLine(options, answer);
      for (const wait of waiting) wait(line);
    });
  }

  #addLine(
    options: CursorOptions,
    { place, owed, oldestMs, isNew }: Extract<StoreReply, { kind: 'placed' }>,
  ): PlaceLine {
    const proxy = createDiskPlaceProxy({
      ...this.#options,
      place,
      owed,
      oldestMs,
      holder: options,
      onLeave: () => {
        this.#places.delete(place);
        this.#lines.delete(options.exporterId);
      },
    });
    const line = createPlaceLine(proxy, { isNew });
    this.#places.set(place, proxy);
    this.#lines.set(options.exporterId, line);
    return line;
  }

  #commit(appends: readonly number[], positions: readonly Position[]): void {
    const nowMs = this.#options.now();
    for (const [index, number] of appends.entries()) {
      const append = this.#takeAppend(number);
      if (append === undefined) continue;
      for (const place of this.#places.values()) place.appended(append.amount, nowMs);
      append.resolve(positions[index] ?? 0);
    }
  }

  #takeAppend(number: number): PendingAppend | undefined {
    const append = this.#appends.get(number);
    this.#appends.delete(number);
    return append;
  }
}
