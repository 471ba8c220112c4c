import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { atOnce, folder, openLogUnderTest, unlimited } from '../../../test/support/disk-log.ts';
import type { LogUnderTest } from '../../../test/support/disk-log.ts';
import { createMemoryDisk } from '../../../test/support/memory-disk.ts';
import type { MemoryDisk } from '../../../test/support/memory-disk.ts';
import type { LogEvent } from './events.ts';
import { frameHeaderBytes } from './frame.ts';
import { segmentHeaderBytes } from './segment-format.ts';

interface Opened extends LogUnderTest {
  append(...texts: string[]): void;
  /** Takes and settles all there is, and frees what is owed to nobody. */
  readAll(): readonly string[];
}

function open(disk: MemoryDisk): Opened {
  const log = openLogUnderTest(disk, { segmentBytes: 1000 });
  const place = log.core.open('sink', unlimited).place.number;
  return {
    ...log,
    append: (...texts) => {
      for (const [number, text] of texts.entries()) {
        log.core.append({ number, bytes: Buffer.from(text), items: 1, requests: 1 });
      }
      log.core.flush();
    },
    readAll: () => {
      const texts: string[] = [];
      for (let ticket = 1; ; ticket += 1) {
        log.core.ask(place, ticket, { ...atOnce, maxItems: 1 });
        log.core.flush();
        const [slice] = log
          .drainEvents()
          .flatMap((event) => (event.kind === 'slice' ? [event.slice] : []));
        if (slice === undefined) {
          log.core.cancel(place, ticket);
          log.core.sync();
          return texts;
        }
        texts.push(Buffer.from(slice.bytes).toString());
        log.core.settle(place, slice.from);
      }
    },
  };
}

function pathsWith(disk: MemoryDisk, suffix: string): readonly string[] {
  return disk.paths.filter((path) => path.endsWith(suffix));
}

/** A log with one spare file that is full of frames of other lengths, and `large` in its active segment, settled. */
function openWithSpare(disk: MemoryDisk): Opened {
  const log = open(disk);
  log.append(...Array.from({ length: 9 }, (_, index) => `old ${index} ${'.'.repeat(40)}`));
  log.append('l'.repeat(600));
  log.readAll();
  assert.equal(pathsWith(disk, '.spare').length, 1);
  return log;
}

/** The path of the segment that was written over a spare file; the process has died with these records in it. */
function crashInUsedFile(disk: MemoryDisk, ...texts: string[]): string {
  const log = openWithSpare(disk);
  log.append('next'.repeat(100));
  log.append(...texts);
  assert.equal(pathsWith(disk, '.spare').length, 0);
  log.readAll();
  log.append(...texts);
  disk.restart('kill');
  const path = pathsWith(disk, '.seg').at(-1);
  assert.ok(path !== undefined);
  return path;
}

function truncatedBytes(events: readonly LogEvent[]): number {
  return events.reduce((sum, event) => sum + (event.kind === 'truncated' ? event.bytes : 0), 0);
}

describe('a file that is written over', () => {
  const texts = ['first', 'second', 'third'];
  /** Where the records that are not settled begin. */
  const begin =
    segmentHeaderBytes +
    (frameHeaderBytes + 400) +
    texts.reduce((sum, text) => sum + frameHeaderBytes + text.length, 0);

  test('gives back its own records only, and tells of no torn end', () => {
    const disk = createMemoryDisk();
    crashInUsedFile(disk, ...texts);
    const log = open(disk);
    assert.equal(truncatedBytes(log.drainEvents()), 0);
    assert.deepEqual(log.readAll(), texts);
  });

  test('keeps all before a record that is torn at whatever byte, with the old content behind it', () => {
    const lastFrame = frameHeaderBytes + 'third'.length;
    const lastAt = begin + 2 * frameHeaderBytes + 'firstsecond'.length;
    for (let written = 0; written < lastFrame; written += 1) {
      const disk = createMemoryDisk();
      const path = crashInUsedFile(disk, ...texts);
      disk.change(path, (bytes) => bytes.fill('WEIR', lastAt + written, lastAt + lastFrame));
      const log = open(disk);
      const torn = written < frameHeaderBytes ? 0 : lastFrame;
      assert.equal(truncatedBytes(log.drainEvents()), torn, `byte ${written}`);
      assert.deepEqual(log.readAll(), ['first', 'second'], `byte ${written}`);
      log.append('fourth');
      assert.deepEqual(log.readAll(), ['fourth']);
    }
  });

  test('loses no more than the record that a flipped bit is in', () => {
    const frames = texts.map((text) => frameHeaderBytes + text.length);
    let at = begin;
    for (const [index, length] of frames.entries()) {
      for (const end = at + length; at < end; at += 1) {
        const disk = createMemoryDisk();
        const path = crashInUsedFile(disk, ...texts);
        disk.change(path, (bytes) => {
          bytes[at] = (bytes[at] ?? 0) ^ 0x10;
          return bytes;
        });
        const left = texts.filter((_, other) => other !== index);
        assert.deepEqual(open(disk).readAll(), left, `byte ${at}`);
      }
    }
  });

  test('whose name or header is not on the disk yet is no segment', () => {
    for (let steps = 0; steps < 5; steps += 1) {
      for (const bytes of [0, 30, 64, 100, 128]) {
        const disk = createMemoryDisk();
        const log = openWithSpare(disk);
        let left = steps;
        let isReusing = false;
        disk.intercept = ({ operation, path }) => {
          isReusing ||= operation === 'rename' && path.endsWith('.seg');
          if (!isReusing) return undefined;
          left -= 1;
          return left < 0 ? { kind: 'crash', bytes } : undefined;
        };
        // The log survives some errors of its disk, and so what looks like one.
        log.append('n'.repeat(600));
        assert.ok(disk.isDown, `step ${steps}`);
        disk.restart('kill');
        const again = open(disk);
        const told = again.drainEvents().map(({ kind }) => kind);
        assert.ok(!told.includes('quarantined') && !told.includes('corrupt'), `step ${steps}`);
        again.readAll();
        again.append('after');
        assert.deepEqual(again.readAll(), ['after']);
      }
    }
  });
});

describe('spare files', () => {
  test('are removed when nothing is appended any more', () => {
    const disk = createMemoryDisk();
    const { core } = openWithSpare(disk);
    core.retire();
    core.retire();
    assert.deepEqual(pathsWith(disk, '.spare'), []);
  });

  test('are removed at the end, and at the next start where the process died', () => {
    const disk = createMemoryDisk();
    openWithSpare(disk);
    disk.restart('kill');
    const log = open(disk);
    assert.deepEqual(pathsWith(disk, '.spare'), []);
    log.core.close();
    assert.deepEqual(
      disk.paths.filter((path) => !/\.(?:cursor|json|seg)$/.test(path)),
      [],
    );
    assert.ok(disk.paths.includes(`${folder}/log.json`));
  });

  test('are not made of a file that the disk failed on', () => {
    const disk = createMemoryDisk();
    const log = open(disk);
    log.append('a'.repeat(600));
    const [old] = pathsWith(disk, '.seg');
    disk.intercept = ({ operation, path }) =>
      operation === 'sync' && path === old ? { kind: 'error', code: 'EIO' } : undefined;
    log.append('b'.repeat(200));
    disk.intercept = undefined;
    assert.equal(log.readAll().length, 2);
    assert.deepEqual(
      [pathsWith(disk, '.spare').length, disk.paths.includes(old ?? '')],
      [0, false],
    );
  });
});
