import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { atOnce, folder, openLogUnderTest, unlimited } from '../../../test/support/disk-log.ts';
import type { LogUnderTest } from '../../../test/support/disk-log.ts';
import { createMemoryDisk } from '../../../test/support/memory-disk.ts';
import type { MemoryDisk } from '../../../test/support/memory-disk.ts';
import { StorageError } from '../storage-error.ts';
import type { LogEvent, ReadSlice } from './events.ts';
import { frameHeaderBytes } from './frame.ts';
import { segmentHeaderBytes } from './segment-format.ts';

const cursorFile = `${folder}/sink.cursor`;

/** A log with a cursor for `sink`; of the records, the numbers that were refused. */
interface Opened extends LogUnderTest {
  readonly place: number;
  append(...texts: string[]): readonly LogEvent[];
  /** Takes and settles all there is. */
  readAll(): readonly string[];
}

function open(disk: MemoryDisk, options: Parameters<typeof openLogUnderTest>[1] = {}): Opened {
  const log = openLogUnderTest(disk, { segmentBytes: 100_000, ...options });
  const place = log.core.open('sink', unlimited).place.number;
  let appended = 0;
  let tickets = 0;
  return {
    ...log,
    place,
    append: (...texts) => {
      for (const text of texts) {
        appended += 1;
        const bytes = Buffer.from(text);
        log.core.append({ number: appended, bytes, items: 1, requests: 1 });
      }
      log.core.flush();
      return log.drainEvents();
    },
    readAll: () => {
      const texts: string[] = [];
      for (;;) {
        tickets += 1;
        log.core.ask(place, tickets, { ...atOnce, maxItems: 1 });
        log.core.flush();
        const [slice] = slicesOf(log.drainEvents());
        if (slice === undefined) {
          log.core.cancel(place, tickets);
          return texts;
        }
        texts.push(Buffer.from(slice.bytes).toString());
        log.core.settle(place, slice.from);
      }
    },
  };
}

/** A disk after a crash, with these records in one segment. */
function crashedDisk(...texts: string[]): MemoryDisk {
  const disk = createMemoryDisk();
  open(disk).append(...texts);
  disk.restart('kill');
  return disk;
}

function segmentsOf(disk: MemoryDisk): readonly string[] {
  return disk.paths.filter((path) => path.endsWith('.seg')).sort();
}

function onlySegment(disk: MemoryDisk): string {
  const [path] = segmentsOf(disk);
  assert.ok(path !== undefined);
  return path;
}

function totalOf(events: readonly LogEvent[], kind: 'truncated' | 'corrupt'): number {
  return events.reduce((sum, event) => {
    if (event.kind === 'truncated' && kind === 'truncated') return sum + event.bytes;
    return event.kind === 'corrupt' && kind === 'corrupt' ? sum + event.records : sum;
  }, 0);
}

describe('a torn end', () => {
  test('is cut at whatever byte of the last record it is, and all before is delivered', () => {
    const whole = crashedDisk('first', 'second', 'third');
    const bytes = whole.read(onlySegment(whole));
    const lastFrame = frameHeaderBytes + 'third'.length;
    for (let missing = 1; missing <= lastFrame; missing += 1) {
      const disk = crashedDisk('first', 'second', 'third');
      const end = bytes.byteLength - missing;
      disk.change(onlySegment(disk), (all) => all.subarray(0, end));
      const log = open(disk);
      assert.equal(totalOf(log.drainEvents(), 'truncated'), lastFrame - missing);
      assert.deepEqual(log.readAll(), ['first', 'second']);
      log.append('fourth');
      assert.deepEqual(log.readAll(), ['fourth']);
    }
  });

  test('of zeros, as some file systems leave it, is cut too', () => {
    const disk = crashedDisk('first');
    disk.change(onlySegment(disk), (all) => Buffer.concat([all, Buffer.alloc(5000)]));
    const log = open(disk);
    assert.equal(totalOf(log.drainEvents(), 'truncated'), 5000);
    assert.deepEqual(log.readAll(), ['first']);
  });
});

describe('a flipped bit', () => {
  const texts = ['first', 'second', 'third'];

  test('anywhere costs the record that it is in and no other, whether seen at start or later', () => {
    const clean = crashedDisk(...texts);
    const { byteLength } = clean.read(onlySegment(clean));
    for (let at = 0; at < byteLength; at += 1) {
      const disk = crashedDisk(...texts);
      disk.change(onlySegment(disk), (bytes) => flip(bytes, at));
      const damaged = recordAt(at);
      const log = open(disk);
      const got = log.readAll();
      assert.deepEqual(
        got,
        texts.filter((_, index) => index !== damaged),
        `byte ${at}`,
      );
    }
  });

  test('in a segment that has ended is counted once, and what it cost comes off the debt', () => {
    const disk = createMemoryDisk();
    const first = open(disk);
    first.append(...texts);
    first.core.close();
    disk.restart('kill');
    const { byteLength } = disk.read(onlySegment(disk));
    const frames = byteLength - segmentHeaderBytes;
    for (let at = segmentHeaderBytes; at < byteLength; at += 1) {
      const damaged = createMemoryDisk();
      copyDisk(disk, damaged);
      damaged.change(onlySegment(damaged), (bytes) => flip(bytes, at));
      const log = openLogUnderTest(damaged, { segmentBytes: 100_000 });
      const place = log.core.open('sink', unlimited).place;
      const other = log.core.open('late', unlimited).place;
      const record = recordAt(at);
      const events: LogEvent[] = [];
      for (let ticket = 0; ticket < 6; ticket += 1) {
        log.core.ask(place.number, ticket, { ...atOnce, maxItems: 1 });
        log.core.flush();
        const told = log.drainEvents();
        events.push(...told);
        for (const { from } of slicesOf(told)) log.core.settle(place.number, from);
      }
      const isRecord = record !== undefined && record < 3;
      assert.equal(totalOf(events, 'corrupt'), isRecord ? 1 : 0, `byte ${at} of ${frames}`);
      assert.deepEqual(place.owed, { items: 0, bytes: 0, requests: 0 }, `byte ${at}`);
      assert.equal(other.owed.items, 0);
    }
  });

  /** Index of the record that a byte of the segment belongs to; undefined for the header, which is there twice. */
  function recordAt(at: number): number | undefined {
    let end = segmentHeaderBytes;
    if (at < end) return undefined;
    for (const [index, text] of texts.entries()) {
      end += frameHeaderBytes + text.length;
      if (at < end) return index;
    }
    return undefined;
  }
});

describe('a cursor file', () => {
  const damages: Readonly<Record<string, (bytes: Buffer) => Uint8Array>> = {
    'that is empty': () => Buffer.alloc(0),
    'of zeros': (bytes) => Buffer.alloc(bytes.byteLength),
    'of noise': (bytes) => bytes.map((byte, at) => byte ^ (at % 251)),
  };
  for (const [name, damage] of Object.entries(damages)) {
    test(`${name} means that everything is delivered again, and that it is said`, () => {
      const disk = crashedDisk('first', 'second');
      disk.change(cursorFile, damage);
      const log = open(disk);
      assert.ok(log.drainEvents().some(({ kind }) => kind === 'replayed'));
      assert.deepEqual(log.readAll(), ['first', 'second']);
    });
  }

  test('that is gone is not taken for a new exporter', () => {
    const disk = crashedDisk('first', 'second');
    disk.fs.remove(cursorFile);
    const log = open(disk);
    assert.ok(log.drainEvents().some(({ kind }) => kind === 'replayed'));
    assert.deepEqual(log.readAll(), ['first', 'second']);
  });

  test('that is gone together with the list of exporters is not taken for a new one either', () => {
    const disk = crashedDisk('first', 'second');
    disk.fs.remove(cursorFile);
    disk.fs.remove(`${folder}/log.json`);
    assert.deepEqual(open(disk).readAll(), ['first', 'second']);
  });

  test('with one damaged slot goes by the other', () => {
    const disk = crashedDisk('first', 'second');
    const before = open(disk);
    assert.deepEqual(before.readAll(), ['first', 'second']);
    before.core.flush();
    disk.restart('kill');
    const newest = disk.read(cursorFile).readUInt32LE(8) > disk.read(cursorFile).readUInt32LE(520);
    disk.change(cursorFile, (bytes) => flip(bytes, newest ? 100 : 612));
    const log = open(disk);
    assert.deepEqual(log.readAll(), ['second']);
  });
});

describe('positions', () => {
  test('never come again, not even when every segment is gone', () => {
    const disk = createMemoryDisk();
    const first = open(disk);
    const [before] = positionsOf(first.append('a'));
    first.readAll();
    first.core.flush();
    first.core.sync();
    disk.restart('kill');
    for (const path of segmentsOf(disk)) disk.fs.remove(path);
    const second = open(disk);
    const [after] = positionsOf(second.append('b'));
    assert.ok(before !== undefined && after !== undefined && after > before);
    assert.deepEqual(second.readAll(), ['b']);
  });
});

describe('a format of another version', () => {
  const files: Readonly<Record<string, (disk: MemoryDisk) => string>> = {
    'log.json': () => `${folder}/log.json`,
  };
  for (const [name, pathOf] of Object.entries(files)) {
    test(`in ${name} is refused by name, and nothing is changed`, () => {
      const disk = crashedDisk('first');
      const path = pathOf(disk);
      disk.change(path, (bytes) =>
        Buffer.from(bytes.toString().replace('"format":1', '"format":9')),
      );
      const before = disk.paths.map((file) => [file, disk.read(file).toString('hex')]);
      assert.throws(
        () => open(disk),
        (error) =>
          error instanceof StorageError &&
          error.problem === 'foreign_format' &&
          error.message.includes(path),
      );
      const after = disk.paths.map((file) => [file, disk.read(file).toString('hex')]);
      assert.deepEqual(after, before);
    });
  }
});

describe('a disk that is full', () => {
  test('refuses, leaves whole records, lets exporters go on, and takes again once there is room', () => {
    const disk = createMemoryDisk();
    const log = open(disk, { segmentBytes: 400 });
    log.append('x'.repeat(100), 'x'.repeat(100));
    disk.capacity = disk.paths.reduce((sum, path) => sum + disk.read(path).byteLength, 0) + 70;
    const refused = log.append('y'.repeat(200));
    assert.ok(refused.some(({ kind }) => kind === 'failed'));
    assert.ok(!refused.some(({ kind }) => kind === 'committed'));
    assert.equal(log.readAll().length, 2);
    log.core.retire();
    log.core.sync();
    disk.capacity = Infinity;
    assert.deepEqual(segmentsOf(disk), []);
  });

  test('in the middle of a group keeps what was acknowledged', () => {
    for (let room = 0; room < 400; room += 7) {
      const disk = createMemoryDisk();
      const log = open(disk, { segmentBytes: 300 });
      disk.capacity = disk.paths.reduce((sum, path) => sum + disk.read(path).byteLength, 0) + room;
      const events = log.append('a'.repeat(40), 'b'.repeat(40), 'c'.repeat(40));
      const committed = events.flatMap((event) =>
        event.kind === 'committed' ? [...event.appends] : [],
      ).length;
      disk.capacity = Infinity;
      disk.restart('kill');
      assert.equal(open(disk).readAll().length, committed, `room ${room}`);
    }
  });
});

describe('a disk that fails to sync', () => {
  test('once: the group goes to a new file, and the old one is not written again', () => {
    const disk = createMemoryDisk();
    const log = open(disk);
    log.append('first');
    const old = onlySegment(disk);
    let failures = 0;
    let writesAfter = 0;
    disk.intercept = ({ operation, path }) => {
      if (path !== old) return undefined;
      if (operation === 'write' && failures > 0) writesAfter += 1;
      if (operation !== 'sync') return undefined;
      failures += 1;
      return { kind: 'error', code: 'EIO' };
    };
    assert.ok(log.append('second').some(({ kind }) => kind === 'committed'));
    log.append('third');
    assert.deepEqual([failures, writesAfter, segmentsOf(disk).length], [1, 0, 2]);
    disk.restart('kill');
    assert.deepEqual(open(disk).readAll(), ['first', 'second', 'third']);
  });

  test('twice: nothing is acknowledged', () => {
    const disk = createMemoryDisk();
    const log = open(disk);
    log.append('first');
    disk.intercept = ({ operation, path }) =>
      operation === 'sync' && path.endsWith('.seg') ? { kind: 'error', code: 'EIO' } : undefined;
    const events = log.append('second');
    assert.deepEqual(
      events.map(({ kind }) => kind),
      ['failed'],
    );
    const [failed] = events;
    assert.match(failed?.kind === 'failed' ? failed.message : '', /EIO/);
    disk.intercept = undefined;
    assert.deepEqual(log.readAll(), ['first']);
  });
});

describe('a disk that fails to read', () => {
  test('is asked again, and nothing is skipped', () => {
    const disk = crashedDisk('first', 'second');
    const before = open(disk);
    before.core.ask(before.place, 1, { ...atOnce, maxItems: 1 });
    before.core.flush();
    disk.restart('kill');
    const log = open(disk);
    disk.intercept = ({ operation, path }) =>
      operation === 'read' && path.endsWith('.seg') ? { kind: 'error', code: 'EIO' } : undefined;
    log.core.ask(log.place, 1, atOnce);
    assert.ok(log.core.flush() > 0);
    assert.ok(log.drainEvents().some(({ kind }) => kind === 'upkeep_failed'));
    log.core.cancel(log.place, 1);
    disk.intercept = undefined;
    assert.deepEqual(log.readAll(), ['first', 'second']);
  });
});

describe('the quota of an exporter', () => {
  test('counts what is in flight, and gives way to no more than the newest record', () => {
    const disk = createMemoryDisk();
    const log = openLogUnderTest(disk);
    const { place } = log.core.open('sink', {
      ...unlimited,
      sizer: 'items',
      size: 3,
      onFull: 'drop_oldest',
    });
    const add = (number: number, items: number): readonly LogEvent[] => {
      log.core.append({ number, bytes: Buffer.alloc(100), items, requests: 1 });
      log.core.flush();
      return log.drainEvents();
    };
    for (let number = 1; number <= 5; number += 1) add(number, 1);
    assert.equal(place.owed.items, 3);
    log.core.ask(place.number, 1, { ...atOnce, maxItems: 2 });
    log.core.flush();
    log.drainEvents();
    assert.ok(add(6, 2).some(({ kind }) => kind === 'full'));
    add(7, 1);
    assert.deepEqual([place.owed.items, place.unread.items], [3, 1]);
  });

  test('that gives way waits where the disk cannot be read, and what is written is acknowledged', () => {
    const disk = createMemoryDisk();
    const log = openLogUnderTest(disk, { segmentBytes: 100_000 });
    const quota = { ...unlimited, size: 2, sizer: 'requests', onFull: 'drop_oldest' } as const;
    const { place } = log.core.open('sink', quota);
    const append = (number: number): readonly LogEvent[] => {
      log.core.append({ number, bytes: Buffer.from('text'), items: 1, requests: 1 });
      log.core.flush();
      return log.drainEvents();
    };
    append(1);
    append(2);
    disk.intercept = ({ operation }) =>
      operation === 'read' ? { kind: 'error', code: 'EIO' } : undefined;
    const events = append(3);
    assert.ok(events.some(({ kind }) => kind === 'committed'));
    assert.ok(events.some(({ kind }) => kind === 'upkeep_failed'));
    assert.equal(place.owed.requests, 3);
    disk.intercept = undefined;
    append(4);
    assert.equal(place.owed.requests, 2);
  });

  test('lets one record in that is larger than all of it', () => {
    const log = openLogUnderTest(createMemoryDisk());
    const { place } = log.core.open('sink', { ...unlimited, size: 10 });
    log.core.append({ number: 1, bytes: Buffer.alloc(100), items: 1, requests: 1 });
    log.core.append({ number: 2, bytes: Buffer.alloc(1), items: 1, requests: 1 });
    log.core.flush();
    const kinds = log.drainEvents().map(({ kind }) => kind);
    assert.ok(kinds.includes('committed') && kinds.includes('full'));
    assert.equal(place.owed.bytes, 100);
  });
});

describe('an exporter that no configuration has', () => {
  test('keeps its own records and no later ones, until its time is over', () => {
    const disk = createMemoryDisk();
    const log = open(disk, { segmentBytes: 300 });
    const gone = log.core.open('gone', unlimited).place;
    log.append('a'.repeat(200));
    log.core.leave(gone.number, false);
    log.append('b'.repeat(200));
    log.append('c'.repeat(200));
    log.readAll();
    log.core.sync();
    assert.equal(segmentsOf(disk).length, 2);
    const orphans = log.drainEvents().filter(({ kind }) => kind === 'orphans');
    assert.deepEqual(orphans, [{ kind: 'orphans', orphans: [{ exporterId: 'gone', bytes: 200 }] }]);
    log.core.forgetOrphans(999);
    log.core.sync();
    assert.equal(segmentsOf(disk).length, 2);
    log.core.forgetOrphans(1000);
    log.core.sync();
    assert.equal(segmentsOf(disk).length, 1);
    assert.ok(!disk.paths.includes(`${folder}/gone.cursor`));
  });

  test('gets what it owed when it comes back, over restarts too', () => {
    const disk = createMemoryDisk();
    const first = open(disk, { segmentBytes: 300 });
    first.append('a');
    first.core.leave(first.place, false);
    first.core.close();
    disk.restart('kill');
    const other = openLogUnderTest(disk, { segmentBytes: 300 });
    other.core.adoptOrphans();
    other.core.close();
    disk.restart('kill');
    assert.deepEqual(open(disk).readAll(), ['a']);
  });
});

describe('a segment', () => {
  test('that cannot be read is put aside and kept, and the rest is delivered', () => {
    const disk = createMemoryDisk();
    const log = open(disk, { segmentBytes: 300 });
    log.append('a'.repeat(200));
    log.append('b'.repeat(200));
    disk.restart('kill');
    const [first] = segmentsOf(disk);
    assert.ok(first !== undefined);
    disk.change(first, (bytes) =>
      Buffer.concat([Buffer.alloc(segmentHeaderBytes), bytes.subarray(segmentHeaderBytes)]),
    );
    const again = open(disk, { segmentBytes: 300 });
    assert.ok(again.drainEvents().some(({ kind }) => kind === 'quarantined'));
    assert.deepEqual(again.readAll(), ['b'.repeat(200)]);
    assert.ok(disk.paths.includes(`${first}.corrupt`));
  });

  test('is removed once every exporter has passed it, and not before', () => {
    const disk = createMemoryDisk();
    const log = open(disk, { segmentBytes: 300 });
    const slow = log.core.open('slow', unlimited).place;
    for (const text of ['a', 'b', 'c']) log.append(text.repeat(200));
    log.readAll();
    log.core.sync();
    assert.equal(segmentsOf(disk).length, 3);
    log.core.leave(slow.number, true);
    log.core.sync();
    assert.equal(segmentsOf(disk).length, 1);
  });
});

function positionsOf(events: readonly LogEvent[]): readonly number[] {
  return events.flatMap((event) => (event.kind === 'committed' ? [...event.positions] : []));
}

function slicesOf(events: readonly LogEvent[]): readonly ReadSlice[] {
  return events.flatMap((event) => (event.kind === 'slice' ? [event.slice] : []));
}

function flip(bytes: Buffer, at: number): Buffer {
  const flipped = Buffer.from(bytes);
  flipped[at] = (flipped[at] ?? 0) ^ 0x10;
  return flipped;
}

function copyDisk(from: MemoryDisk, to: MemoryDisk): void {
  to.fs.makeFolder(folder);
  for (const path of from.paths) {
    const file = to.fs.open(path, 'create');
    to.fs.write(file, [from.read(path)], 0);
    to.fs.close(file);
  }
}
