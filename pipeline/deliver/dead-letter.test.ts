import assert from 'node:assert/strict';
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { systemClock } from '../telemetry/clock.ts';
import type { DeadLetter, DeadLetterEntry } from './dead-letter.ts';
import { deadLetterFolder, openDeadLetterFile } from './dead-letter-file.ts';
import type { SetAside } from './dead-letter-file.ts';
import { readEntries } from './dead-letter-reader.ts';
import { parseEntry } from './dead-letter-line.ts';
import type { StoredEntry } from './dead-letter-line.ts';

function entryOf(text: string, items = text.length): DeadLetterEntry {
  const slice = { signal: 'traces', bytes: Buffer.from(text), items } as const;
  return { id: `log/0-1/${text}`, slice, items, reason: 'rejected', error: 'HTTP 400: bad' };
}

interface FileUnderTest {
  readonly folder: string;
  readonly file: DeadLetter;
  readonly counted: Record<SetAside, number>;
  readonly read: (name?: string) => Promise<StoredEntry[]>;
}

function createFile(t: TestContext, maxBytes?: number): FileUnderTest {
  const directory = mkdtempSync(join(tmpdir(), 'weir-dead-letter-'));
  t.after(() => {
    rmSync(directory, { recursive: true, force: true });
  });
  const folder = deadLetterFolder(directory, 'traces/eu', 'otlp/a');
  const counted = { kept: 0, evicted: 0, unwritten: 0 };
  const file = openDeadLetterFile({
    folder,
    clock: systemClock,
    ...(maxBytes !== undefined && { maxBytes }),
    counted: (what, items) => (counted[what] += items),
  });
  const read = async (name = 'current.jsonl'): Promise<StoredEntry[]> => {
    const entries: StoredEntry[] = [];
    for await (const entry of readEntries(join(folder, name))) entries.push(entry);
    return entries;
  };
  return { folder, file, counted, read };
}

const textsOf = (entries: readonly StoredEntry[]): readonly string[] =>
  entries.map(({ request }) => request.toString());

describe('the dead-letter file', () => {
  it('holds the request, why it was refused and by whom, for its user only', async (t) => {
    const { folder, file, counted, read } = createFile(t);
    await file.add([{ ...entryOf('abc'), route: '"logs"' }]);
    await file.add([entryOf('d'), entryOf('e')]);
    const [first, ...others] = await read();
    assert.deepEqual(
      { ...first, time: '' },
      {
        id: 'log/0-1/abc',
        time: '',
        signal: 'traces',
        items: 3,
        reason: 'rejected',
        error: 'HTTP 400: bad',
        route: '"logs"',
        request: Buffer.from('abc'),
      },
    );
    assert.ok(Date.parse(first?.time ?? '') > 0);
    assert.deepEqual(textsOf(others), ['d', 'e']);
    assert.deepEqual(counted, { kept: 5, evicted: 0, unwritten: 0 });
    assert.equal(statSync(join(folder, 'current.jsonl')).mode & 0o777, 0o600);
    assert.equal(statSync(folder).mode & 0o777, 0o700);
  });

  it('clips what a sink says', async (t) => {
    const { file, read } = createFile(t);
    await file.add([{ ...entryOf('a'), error: 'x'.repeat(1000) }]);
    assert.equal((await read())[0]?.error.length, 200);
  });

  it('gives way to a new one when it is full, and counts what goes with the one before', async (t) => {
    const { folder, file, counted, read } = createFile(t, 400);
    for (const text of ['aa', 'bbb', 'cccc', 'ddddd', 'eeeeee']) await file.add([entryOf(text)]);
    const kept = [...(await read('older.jsonl')), ...(await read())];
    assert.deepEqual(readdirSync(folder).sort(), ['current.jsonl', 'older.jsonl']);
    const items = textsOf(kept).join('').length;
    assert.ok(counted.evicted > 0);
    assert.deepEqual([counted.kept, items + counted.evicted], [20, 20]);
    assert.equal(textsOf(kept).at(-1), 'eeeeee');
  });

  it('counts what does not fit, and keeps the rest', async (t) => {
    const { file, counted, read } = createFile(t, 400);
    await file.add([entryOf('a'.repeat(1000)), entryOf('b')]);
    assert.deepEqual(counted, { kept: 1, evicted: 0, unwritten: 1000 });
    assert.deepEqual(textsOf(await read()), ['b']);
  });

  it('loses no entry to the half of a line that a crash left', async (t) => {
    const { folder, file, read } = createFile(t);
    await file.add([entryOf('a')]);
    appendFileSync(join(folder, 'current.jsonl'), '{"id":"torn","signal":"tra');
    await file.add([entryOf('b')]);
    assert.deepEqual(textsOf(await read()), ['a', 'b']);
  });

  it('may be moved away, read and deleted at any moment, and nothing is lost', async (t) => {
    const { folder, file, read } = createFile(t);
    const [current, moved] = [join(folder, 'current.jsonl'), join(folder, 'retry-1-0.jsonl')];
    const found = new Set<string>();
    let moves = 0;
    let isDone = false;
    const mover = async (): Promise<void> => {
      while (!isDone && moves < 30) {
        await new Promise(setImmediate);
        if (!existsSync(current)) continue;
        renameSync(current, moved);
        for (const line of readFileSync(moved, 'utf8').split('\n')) {
          const entry = parseEntry(line);
          if (entry !== undefined) found.add(entry.request.toString());
        }
        unlinkSync(moved);
        // The daemon and a retry both make new files.
        writeFileSync(current, '');
        moves += 1;
      }
    };
    const moving = mover();
    const texts = Array.from({ length: 100 }, (_, index) => `<${index}>`);
    for (const text of texts) await file.add([entryOf(text)]);
    isDone = true;
    await moving;
    for (const text of textsOf(await read())) found.add(text);
    assert.deepEqual([...found].sort(), [...texts].sort());
    assert.ok(moves > 1);
  });

  it('that cannot be written is counted, and never an error', async (t) => {
    const { counted } = createFile(t);
    const file = openDeadLetterFile({
      folder: '/dev/null/dead-letter',
      clock: systemClock,
      counted: (what, items) => (counted[what] += items),
    });
    await file.add([entryOf('abc')]);
    assert.deepEqual(counted, { kept: 0, evicted: 0, unwritten: 3 });
  });
});
