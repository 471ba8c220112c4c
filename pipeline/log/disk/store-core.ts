import { join } from 'node:path';
import { fromFolderName, toFolderName } from '../folder-name.ts';
import { unpackAppends } from '../pack-requests.ts';
import { StorageError } from '../storage-error.ts';
import { createDiskHealth } from './disk-health.ts';
import type { DiskHealth } from './disk-health.ts';
import type { FileSystem } from './file-system.ts';
import { openLogCore } from './log-core.ts';
import type { LogCore } from './log-core.ts';
import { lockDirectory } from './lock.ts';
import type { DirectoryLock } from './lock.ts';
import { messageOf } from './message-of.ts';
import type { StoreReply, StoreRequest, StoreSpec } from './messages.ts';
import type { Liveness, ProcessIdentity } from './process-identity.ts';
import { makeDirectory, notWritable, openStoreMeta } from './store-meta.ts';
import { FileWindow } from './window.ts';

/** All logs of a directory. Synchronous: what it has to say is said in `reply`, to be sent on when a call returns. */
export interface StoreCore {
  receive(request: StoreRequest): void;
  /** As `LogCore.flush`, of all logs. */
  flush(): number;
  /** Due about every 100 ms. */
  sync(): void;
  /** Due about every second. */
  tick(): void;
  close(): void;
}

/** What a store works with. */
export interface StoreCoreOptions {
  readonly spec: StoreSpec;
  readonly fs: FileSystem;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Milliseconds that never jump. */
  readonly monotonic: () => number;
  readonly reply: (reply: StoreReply) => void;
  /** Who locks the directory, and whether another who has locked it lives. */
  readonly self: ProcessIdentity;
  readonly probe: (holder: ProcessIdentity) => Liveness;
  /** Blocks for a time. */
  readonly wait: (ms: number) => void;
}

/** Segments of a small disk are small, so that they are freed while it is nearly full. */
const maxSegmentBytes = 64 * 1024 ** 2;
const minSegmentBytes = 1024 ** 2;
const segmentsOfDisk = 32;

/** Logs that no pipeline has opened by then belong to pipelines that are configured no more. */
const adoptAfterMs = 60_000;

interface OpenLog {
  readonly pipeline: string;
  readonly core: LogCore;
}

/**
 * Opens the store of a directory.
 * @throws StorageError where it cannot be used.
 */
export function openStoreCore(options: StoreCoreOptions): StoreCore {
  return new Store(options);
}

class Store implements StoreCore {
  readonly #options: StoreCoreOptions;
  readonly #health: DiskHealth;
  readonly #lock: DirectoryLock;
  readonly #window: FileWindow;
  readonly #segmentBytes: number;
  readonly #logs: OpenLog[] = [];
  readonly #openedMs: number;
  #hasAdopted = false;

  constructor(options: StoreCoreOptions) {
    const { fs, spec, reply, monotonic } = options;
    const { directory } = spec;
    this.#options = options;
    this.#window = new FileWindow(fs);
    makeDirectory(fs, directory);
    this.#lock = lockIn(directory, options);
    let uuid: string;
    try {
      ({ uuid } = openStoreMeta(fs, directory));
    } catch (error) {
      this.#lock.release();
      throw notWritable(error, directory);
    }
    this.#segmentBytes = spec.segmentBytes ?? segmentBytesOf(fs, directory);
    this.#openedMs = monotonic();
    const onChange = (health: Extract<StoreReply, { kind: 'health' }>['health']): void => {
      reply({ kind: 'health', health });
    };
    this.#health = createDiskHealth({ fs, directory, monotonic, onChange });
    reply({ kind: 'ready', idPrefix: uuid });
    this.#health.check();
  }

  receive(request: StoreRequest): void {
    if (request.kind === 'open') {
      this.#answer(request.request, () => {
        const log = this.#open(request.pipeline);
        this.#options.reply({ kind: 'opened', request: request.request, log });
      });
    } else if (request.kind === 'close') {
      this.close();
    } else {
      const log = this.#logs[request.log];
      if (log !== undefined) this.#receiveFor(log.core, request);
    }
  }

  flush(): number {
    return Math.min(Infinity, ...this.#logs.map(({ core }) => core.flush()));
  }

  sync(): void {
    for (const { core } of this.#logs) core.sync();
  }

  tick(): void {
    this.#health.check();
    this.#beat();
    for (const { core } of this.#logs) core.retire();
    if (this.#options.monotonic() - this.#openedMs < adoptAfterMs) return;
    if (!this.#hasAdopted) this.#adoptQuietly();
    const beforeMs = this.#options.now() - this.#options.spec.orphanTtlMs;
    for (const { core } of this.#logs) core.forgetOrphans(beforeMs);
  }

  close(): void {
    for (const { core } of this.#logs.splice(0)) core.close();
    this.#lock.release();
    this.#options.reply({ kind: 'closed' });
  }

  #receiveFor(core: LogCore, request: Exclude<StoreRequest, { kind: 'open' | 'close' }>): void {
    switch (request.kind) {
      case 'append':
        core.append(request.append);
        return;
      case 'appends':
        for (const append of unpackAppends(request)) core.append(append);
        return;
      case 'place':
        this.#answer(request.request, () => {
          this.#place(core, request);
        });
        return;
      case 'hold':
        core.hold(request.place, request.quota);
        return;
      case 'leave':
        core.leave(request.place, request.isUnused);
        return;
      case 'ask':
        core.ask(request.place, request.ticket, request.limits);
        return;
      case 'cancel':
        core.cancel(request.place, request.ticket);
        return;
      case 'settle':
        core.settle(request.place, request.from);
        return;
      case 'seal':
        core.seal();
    }
  }

  #place(core: LogCore, request: Extract<StoreRequest, { kind: 'place' }>): void {
    const { place, isNew } = core.open(request.exporterId, request.quota);
    this.#options.reply({
      kind: 'placed',
      request: request.request,
      place: place.number,
      isNew,
      owed: { ...place.owed },
      oldestMs: place.oldestMs ?? place.peekMs(),
    });
  }

  #open(pipeline: string): number {
    const known = this.#logs.findIndex((log) => log.pipeline === pipeline);
    if (known >= 0) return known;
    const { spec, fs, now, monotonic, reply } = this.#options;
    const core = openLogCore({
      fs,
      folder: join(spec.directory, toFolderName(pipeline), 'out'),
      mode: spec.mode,
      segmentBytes: this.#segmentBytes,
      window: this.#window,
      health: this.#health,
      now,
      monotonic,
      emit: (event) => {
        reply({ kind: 'event', pipeline, event });
      },
    });
    this.#logs.push({ pipeline, core });
    return this.#logs.length - 1;
  }

  /** Takes up the logs that nobody asked for, so that what waits in them is seen, and freed in the end. */
  #adopt(): void {
    const { fs, spec } = this.#options;
    for (const name of fs.list(spec.directory)) {
      const pipeline = fromFolderName(name);
      if (pipeline === undefined || !/^(?:traces|logs|metrics)(?:\/|$)/.test(pipeline)) continue;
      if (fs.list(join(spec.directory, name, 'out')).length === 0) continue;
      this.#answer(undefined, () => this.#open(pipeline));
    }
    for (const { core } of this.#logs) core.adoptOrphans();
    this.#hasAdopted = true;
  }

  /** Where there are too many open files for it, say, the next tick looks again. */
  #adoptQuietly(): void {
    try {
      this.#adopt();
    } catch {
      // Nothing is freed before it has been done.
    }
  }

  /** A disk that is full takes no beat; who could come in its place would find the same disk. */
  #beat(): void {
    try {
      this.#lock.beat();
    } catch {
      // The next one is due in a second.
    }
  }

  #answer(request: number | undefined, act: () => void): void {
    try {
      act();
    } catch (failure) {
      if (request === undefined) return;
      const error = notWritable(failure, this.#options.spec.directory);
      const problem = error instanceof StorageError ? error.problem : undefined;
      this.#options.reply({ kind: 'refused', request, problem, message: messageOf(error) });
    }
  }
}

function lockIn(directory: string, options: StoreCoreOptions): DirectoryLock {
  try {
    return lockDirectory({ ...options, directory });
  } catch (error) {
    throw notWritable(error, directory);
  }
}

function segmentBytesOf(fs: FileSystem, directory: string): number {
  const { total } = fs.room(directory);
  return Math.max(minSegmentBytes, Math.min(maxSegmentBytes, Math.floor(total / segmentsOfDisk)));
}
