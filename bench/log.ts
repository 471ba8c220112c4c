import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writevSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDiskStore } from '../pipeline/log/disk-store.ts';
import type { Cursor, Log, SliceLimits } from '../pipeline/log/log.ts';
import { createMemoryStore } from '../pipeline/log/memory-store.ts';
import type { StorageMode } from '../pipeline/log/storage.ts';
import type { LogStore } from '../pipeline/log/store.ts';
import { systemClock } from '../pipeline/telemetry/clock.ts';
import { createOwnMetrics, type OwnMetrics } from '../pipeline/telemetry/own-metrics.ts';
import { silentLogger } from '../pipeline/telemetry/silent-logger.ts';
import { mainThreadMs } from './main-thread.ts';

/** What a stage appends when it is busy, and a pipeline of many small calls: some groups deep, and one call at a time. */
const cases = [
  { recordBytes: 256 * 1024, producers: 48 },
  { recordBytes: 64 * 1024, producers: 192 },
  { recordBytes: 2 * 1024, producers: 768 },
  { recordBytes: 64 * 1024, producers: 1 },
];

/** Short and in turn, so that what disturbs the machine disturbs all alike. */
const secondsPerCase = 0.4;
const rounds = 8;
const mebibyte = 1024 * 1024;

interface Rate {
  readonly bytes: number;
  readonly seconds: number;
  /** Of the main thread. */
  readonly mainMs: number;
  /** CPU time of all threads. */
  readonly cpuMs: number;
  /** Calls of `fdatasync`. */
  readonly syncs: number;
}

/**
 * `npm run bench -- log`: the log against the disk under it, against memory, and how fast a backlog is back and gone. A
 * consumer takes and settles all that is appended; "unread" is without one, as while a sink is away.
 */
export async function benchLog(print: (line: string) => void): Promise<void> {
  print(
    '| record | producers | records a group | bare writev + fdatasync MiB/s | fsync | fsync, unread | write | memory | fsync ÷ bare | unread ÷ bare | CPU ms/MiB: bare, unread, fsync | fsync: main ms/MiB |',
  );
  print('|-|-|-|-|-|-|-|-|-|-|-|-|');
  for (const { recordBytes, producers } of cases) {
    const bare = newRate();
    const fsync = newRate();
    const unread = newRate();
    const write = newRate();
    const memory = newRate();
    const settling: Run = (log, cursor) => appendAndSettle(log, cursor, recordBytes, producers);
    for (let round = 0; round < rounds; round += 1) {
      const appended = await onDisk('fsync', settling);
      add(fsync, appended);
      add(
        bare,
        inFolder((folder) => writeBare(folder, recordBytes, groupRecordsOf(appended, recordBytes))),
      );
      add(unread, await onDisk('fsync', (log) => append(log, recordBytes, producers)));
      add(write, await onDisk('write', settling));
      add(memory, await inMemory(settling));
    }
    const cells = [
      `${recordBytes / 1024} KiB`,
      producers,
      groupRecordsOf(fsync, recordBytes),
      ...[bare, fsync, unread, write, memory].map((rate) => speed(rate).toFixed(0)),
      (speed(fsync) / speed(bare)).toFixed(2),
      (speed(unread) / speed(bare)).toFixed(2),
      [bare, unread, fsync].map(cpuOfMebibyte).join(', '),
      (fsync.mainMs / (fsync.bytes / mebibyte)).toFixed(2),
    ];
    print(`| ${cells.join(' | ')} |`);
  }
  await benchBacklog(print);
}

/** Fills a log with 1 GiB, closes it as a crash would not, and opens it again. */
async function benchBacklog(print: (line: string) => void): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'weir-bench-log-'));
  try {
    const backlogBytes = 1024 * mebibyte;
    for (const recordBytes of [256 * 1024, 2 * 1024]) {
      rmSync(directory, { recursive: true });
      const filling = await openStore(directory, 'write');
      const { log } = await openLog(filling);
      await append(log, recordBytes, 64, { limitBytes: backlogBytes });
      await filling.close();
      const startedMs = performance.now();
      const store = await openStore(directory, 'fsync');
      const { cursor } = await openLog(store);
      const readyMs = performance.now() - startedMs;
      const owed = cursor.backlog.bytes;
      const drained = await drain(cursor);
      await store.close();
      print(
        `backlog of ${(owed / mebibyte).toFixed(0)} MiB in records of ${recordBytes / 1024} KiB: ready in ${readyMs.toFixed(0)} ms, drained at ${speed(drained).toFixed(0)} MiB/s, main ${(drained.mainMs / (drained.bytes / mebibyte)).toFixed(2)} ms/MiB`,
      );
    }
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function newRate(): { -readonly [Key in keyof Rate]: number } {
  return { bytes: 0, seconds: 0, mainMs: 0, cpuMs: 0, syncs: 0 };
}

function add(sum: ReturnType<typeof newRate>, rate: Rate): void {
  sum.bytes += rate.bytes;
  sum.seconds += rate.seconds;
  sum.mainMs += rate.mainMs;
  sum.cpuMs += rate.cpuMs;
  sum.syncs += rate.syncs;
}

/** The bare loop syncs as much at once as the log did: a larger group is cheaper a byte, whoever writes it. */
function groupRecordsOf({ bytes, syncs }: Rate, recordBytes: number): number {
  return Math.max(1, Math.round(bytes / recordBytes / Math.max(1, syncs)));
}

function speed({ bytes, seconds }: Rate): number {
  return bytes / mebibyte / seconds;
}

function cpuOfMebibyte({ bytes, cpuMs }: Rate): string {
  return (cpuMs / (bytes / mebibyte)).toFixed(1);
}

function cpuMsSince(start: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}

function inFolder<Result>(run: (folder: string) => Result): Result {
  const folder = mkdtempSync(join(tmpdir(), 'weir-bench-log-'));
  try {
    return run(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function writeBare(folder: string, recordBytes: number, groupRecords: number): Rate {
  const file = openSync(join(folder, 'bare'), 'w');
  const group = Array.from({ length: groupRecords }, () => new Uint8Array(recordBytes));
  const cpu = process.cpuUsage();
  const startedMs = performance.now();
  let bytes = 0;
  let syncs = 0;
  while (performance.now() - startedMs < secondsPerCase * 1000) {
    bytes += writevSync(file, group);
    fdatasyncSync(file);
    syncs += 1;
  }
  const seconds = (performance.now() - startedMs) / 1000;
  closeSync(file);
  return { bytes, seconds, mainMs: 0, cpuMs: cpuMsSince(cpu), syncs };
}

type Run = (log: Log, cursor: Cursor) => Promise<Rate>;

async function onDisk(mode: StorageMode, run: Run): Promise<Rate> {
  const directory = mkdtempSync(join(tmpdir(), 'weir-bench-log-'));
  const metrics = createOwnMetrics({ ofProcess: false });
  const store = await openStore(directory, mode, metrics);
  try {
    const { log, cursor } = await openLog(store);
    return { ...(await run(log, cursor)), syncs: await syncsOf(metrics) };
  } finally {
    await store.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

async function inMemory(run: Run): Promise<Rate> {
  const store = createMemoryStore({ clock: systemClock });
  const { log, cursor } = await openLog(store);
  const rate = await run(log, cursor);
  await store.close();
  return rate;
}

async function syncsOf(metrics: OwnMetrics): Promise<number> {
  const [, count] = /^weir_log_fsync_seconds_count (\d+)/m.exec(await metrics.render()) ?? [];
  return Number(count ?? 0);
}

function openStore(
  directory: string,
  mode: StorageMode,
  metrics = createOwnMetrics({ ofProcess: false }),
): Promise<LogStore> {
  return openDiskStore({
    storage: { directory, mode },
    clock: systemClock,
    logger: silentLogger,
    metrics,
  });
}

async function openLog(store: LogStore): Promise<{ readonly log: Log; readonly cursor: Cursor }> {
  const log = await store.open('traces', 'traces');
  const quota = { consumers: 4, size: 1e12, sizer: 'bytes', onFull: 'refuse' } as const;
  const cursor = await log.cursor({ exporterId: 'sink', quota, onDropped: () => undefined });
  return { log, cursor };
}

/** Producers that each wait for their acknowledgement. */
async function append(
  log: Log,
  recordBytes: number,
  producers: number,
  {
    limitBytes = Infinity,
    untilSettled = (): Promise<void> => Promise.resolve(),
  }: { readonly limitBytes?: number; readonly untilSettled?: () => Promise<void> } = {},
): Promise<Rate> {
  const main = mainThreadMs();
  const cpu = process.cpuUsage();
  const startedMs = performance.now();
  const lastMs = limitBytes < Infinity ? Infinity : startedMs + secondsPerCase * 1000;
  let bytes = 0;
  const produce = async (): Promise<void> => {
    while (performance.now() < lastMs && bytes < limitBytes) {
      bytes += recordBytes;
      const record = new Uint8Array(recordBytes);
      await log.append({ bytes: record, items: 1, requests: 1, isExclusive: true });
      await untilSettled();
    }
  };
  await Promise.all(Array.from({ length: producers }, produce));
  const seconds = (performance.now() - startedMs) / 1000;
  return { bytes, seconds, mainMs: mainThreadMs() - main, cpuMs: cpuMsSince(cpu), syncs: 0 };
}

/** More than this is not left unsettled: a log in memory would otherwise be compared with the allocator. */
const maxUnsettledBytes = 64 * mebibyte;

async function appendAndSettle(
  log: Log,
  cursor: Cursor,
  recordBytes: number,
  producers: number,
): Promise<Rate> {
  const abort = new AbortController();
  const consume = async (): Promise<void> => {
    for (;;) {
      const slice = await cursor.next(limits, abort.signal);
      if (slice === undefined) return;
      cursor.done(slice);
    }
  };
  const consumed = Promise.all([consume(), consume()]);
  const untilSettled = async (): Promise<void> => {
    while (cursor.backlog.bytes > maxUnsettledBytes) await new Promise(setImmediate);
  };
  const rate = await append(log, recordBytes, producers, { untilSettled });
  abort.abort();
  await consumed;
  return rate;
}

async function drain(cursor: Cursor): Promise<Rate> {
  const main = mainThreadMs();
  const cpu = process.cpuUsage();
  const startedMs = performance.now();
  let bytes = 0;
  const abort = new AbortController();
  const consume = async (): Promise<void> => {
    while (cursor.backlog.items > 0) {
      const slice = await cursor.next(limits, abort.signal);
      if (slice === undefined) return;
      bytes += slice.bytes.byteLength;
      cursor.done(slice);
      if (cursor.backlog.items === 0) abort.abort();
    }
  };
  await Promise.all(Array.from({ length: 4 }, consume));
  return {
    bytes,
    seconds: (performance.now() - startedMs) / 1000,
    mainMs: mainThreadMs() - main,
    cpuMs: cpuMsSince(cpu),
    syncs: 0,
  };
}

const limits: SliceLimits = {
  minBytes: 0,
  minItems: 0,
  maxBytes: 4 * mebibyte,
  maxItems: Infinity,
  flushMs: 0,
};
