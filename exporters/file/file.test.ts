import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { parse } from 'yaml';
import type { Exporter } from '../../pipeline/component/exporter.ts';
import type { Outcome } from '../../pipeline/component/outcome.ts';
import { createRecordingContext } from '../../test/support/component-context.ts';
import type { RecordingContext } from '../../test/support/component-context.ts';
import { createEncoder, tracesRequest } from '../../test/support/encode-slice.ts';
import { hasZstd } from './compress.ts';
import { fileExporter } from './factory.ts';
import { fileEncode } from './file.worker.ts';

let directory = '';
let count = 0;

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'weir-file-'));
});
after(() => rm(directory, { recursive: true, force: true }));

function freshPath(name = 'out.jsonl'): string {
  count += 1;
  return join(directory, String(count), name);
}

function withPath(yaml: string, path: string): unknown {
  return { ...(parse(yaml) as object | null), path };
}

async function open(yaml: string, path: string, context?: RecordingContext): Promise<Exporter> {
  const config = withPath(yaml, path);
  const exporter = fileExporter.create(config, context ?? createRecordingContext('file'));
  await exporter.start?.();
  return exporter;
}

function send(
  exporter: Exporter,
  body: string | Uint8Array,
  abort?: AbortSignal,
): Promise<Outcome> {
  return exporter.send(
    { body: typeof body === 'string' ? Buffer.from(body) : body, items: 1 },
    { id: '1', signal: 'traces', attempt: 1, abort: abort ?? new AbortController().signal },
  );
}

function encode(yaml: string, request: Uint8Array): Buffer {
  const config = withPath(yaml, '/tmp/unused');
  const [payload] = createEncoder(fileEncode, fileExporter, { config, signal: 'traces' })(request);
  return Buffer.from(payload?.body ?? []);
}

describe('the form of the file', () => {
  const request = tracesRequest([{ name: 'chat' }]);

  it('is a line of OTLP/JSON', () => {
    const text = encode('', request).toString();
    assert.ok(text.endsWith('}\n') && !text.slice(0, -1).includes('\n'));
    const parsed = JSON.parse(text) as { resourceSpans: object[] };
    assert.equal(parsed.resourceSpans.length, 1);
  });

  it('is protobuf behind its length for format proto', () => {
    const frame = encode('format: proto', request);
    assert.equal(frame.readUInt32BE(0), request.byteLength);
    assert.deepEqual(frame.subarray(4), Buffer.from(request));
  });

  it('is gzip behind its length for compression gzip', () => {
    const frame = encode('compression: gzip', request);
    assert.equal(frame.readUInt32BE(0), frame.byteLength - 4);
    assert.match(gunzipSync(frame.subarray(4)).toString(), /^\{"resourceSpans"/);
  });

  it('is zstd where Node has it, and a clear error where not', () => {
    const first = (): number => encode('compression: zstd', request).readUInt32LE(4);
    // The magic number of RFC 8878 §3.1.1.
    if (hasZstd) assert.equal(first(), 0xfd2fb528);
    else assert.throws(first, /zstd needs Node 22\.15/);
  });
});

describe('writing', () => {
  it('appends requests in the order they came, and makes directories', async () => {
    const path = freshPath('deep/er/out.jsonl');
    const exporter = await open('', path);
    const outcomes = await Promise.all(['a\n', 'b\n', 'c\n'].map((body) => send(exporter, body)));
    await exporter.shutdown?.();
    assert.ok(outcomes.every((outcome) => outcome.kind === 'delivered'));
    assert.equal(await readFile(path, 'utf8'), 'a\nb\nc\n');
  });

  it('lets nobody else read the file or its directory', async () => {
    const path = freshPath();
    const exporter = await open('', path);
    await exporter.shutdown?.();
    assert.equal((await stat(path)).mode & 0o777, 0o600);
    assert.equal((await stat(dirname(path))).mode & 0o777, 0o700);
  });

  it('empties the file before its first request without append, and keeps it with', async () => {
    const path = freshPath();
    for (const yaml of ['', 'append: true', 'append: true']) {
      const exporter = await open(yaml, path);
      await send(exporter, `{"resource${yaml}\n`);
      await exporter.shutdown?.();
    }
    assert.equal((await readFile(path, 'utf8')).split('\n').length, 4);
    const exporter = await open('append: false', path);
    await send(exporter, '{"resource"\n');
    await exporter.shutdown?.();
    assert.equal(await readFile(path, 'utf8'), '{"resource"\n');
  });

  it('leaves what the exporter before it still writes alone until its own first request', async () => {
    for (const yaml of ['append: true', 'append: false']) {
      const path = freshPath();
      const before = await open(yaml, path);
      await send(before, '{"resource1\n{"resou');
      const after = await open(yaml, path);
      await send(before, 'rce2\n');
      assert.equal(await readFile(path, 'utf8'), '{"resource1\n{"resource2\n');
      await before.shutdown?.();
      await send(after, '{"resource3\n');
      await after.shutdown?.();
      const kept = yaml === 'append: true' ? '{"resource1\n{"resource2\n' : '';
      assert.equal(await readFile(path, 'utf8'), `${kept}{"resource3\n`);
    }
  });

  it('writes nothing for a request whose time ran out while it waited', async () => {
    const path = freshPath();
    const exporter = await open('fsync: true', path);
    const outcome = await send(exporter, 'late\n', AbortSignal.abort());
    await exporter.shutdown?.();
    assert.equal(outcome.kind === 'retryable' && outcome.cause, 'timeout');
    assert.equal(await readFile(path, 'utf8'), '');
  });

  it('is retryable after shutdown, and shutdown is safe twice', async () => {
    const exporter = await open('', freshPath());
    await exporter.shutdown?.();
    await exporter.shutdown?.();
    assert.equal((await send(exporter, 'x')).kind, 'retryable');
  });

  it('cuts half a line off that a crash left, and says so', async () => {
    const path = freshPath();
    const first = await open('', path);
    await send(first, '{"resourceSpans":[]}\n{"resourceSp');
    await first.shutdown?.();
    const context = createRecordingContext('file');
    const second = await open('append: true', path, context);
    await send(second, '{"resourceLogs":[]}\n');
    await second.shutdown?.();
    assert.equal(await readFile(path, 'utf8'), '{"resourceSpans":[]}\n{"resourceLogs":[]}\n');
    assert.match(context.lines[0]?.message ?? '', /half a request/);
  });

  it('cuts half a frame off that a crash left', async () => {
    const path = freshPath('out.pb');
    const frame = encode('format: proto', tracesRequest([{}]));
    const first = await open('format: proto', path);
    await send(first, Buffer.concat([frame, frame.subarray(0, 9)]));
    await first.shutdown?.();
    const second = await open('{ format: proto, append: true }', path);
    await send(second, frame);
    await second.shutdown?.();
    assert.deepEqual(await readFile(path), Buffer.concat([frame, frame]));
  });

  it('refuses a file that holds something else, and leaves it alone', async () => {
    const path = freshPath();
    await (await open('', path)).shutdown?.();
    await writeFile(path, 'my notes, without an end of line');
    await assert.rejects(open('append: true', path), /holds something else/);
    await assert.rejects(open('{ append: true, format: proto }', path), /holds something else/);
    assert.equal(await readFile(path, 'utf8'), 'my notes, without an end of line');
  });

  it('starts up with a clear error where the path cannot be written', async () => {
    const path = freshPath();
    await (await open('', path)).shutdown?.();
    await assert.rejects(open('', join(path, 'below-a-file')), /below-a-file cannot be written/);
    await assert.rejects(open('', dirname(path)), /cannot be written/);
  });

  it(
    'answers retryable on a full disk and leaves no half request behind',
    { skip: process.platform !== 'linux' },
    async () => {
      // /dev/full says ENOSPC to every write, as a full disk does.
      const exporter = await open('', '/dev/full');
      const outcome = await send(exporter, 'x\n');
      await exporter.shutdown?.();
      assert.ok(outcome.kind === 'retryable');
      assert.equal(outcome.cause, 'server');
      assert.match(outcome.message, /\/dev\/full cannot be written: the disk is full/);
    },
  );
});

describe('rotation', () => {
  it('starts a new file before this one grows over its size', async () => {
    const path = freshPath('traces.jsonl');
    const exporter = await open('rotation: { max_megabytes: 0.0001 }', path);
    const line = `${'x'.repeat(59)}\n`;
    for (let index = 0; index < 3; index += 1) await send(exporter, line);
    await exporter.shutdown?.();
    const names = (await readdir(dirname(path))).sort();
    assert.equal(names.length, 3);
    assert.match(names[0] ?? '', /^traces-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.\d{3}(-\d)?\.jsonl$/);
    assert.equal(await readFile(path, 'utf8'), line);
  });

  it('keeps so many older files and no more, and none that are not its own', async () => {
    const path = freshPath('traces.jsonl');
    const exporter = await open('rotation: { max_megabytes: 0.0001, max_backups: 2 }', path);
    await writeFile(join(dirname(path), 'traces-of-mine.jsonl'), '');
    for (let index = 0; index < 6; index += 1) await send(exporter, `${'x'.repeat(90)}${index}\n`);
    await exporter.shutdown?.();
    const names = (await readdir(dirname(path))).sort();
    assert.equal(names.length, 4);
    assert.ok(names.includes('traces-of-mine.jsonl'));
  });

  it('deletes older files by age', async () => {
    const path = freshPath('traces.jsonl');
    const exporter = await open('rotation: { max_megabytes: 0.0001, max_days: 2 }', path);
    await writeFile(join(dirname(path), 'traces-2020-01-01T00-00-00.000.jsonl'), '');
    for (let index = 0; index < 2; index += 1) await send(exporter, `${'x'.repeat(90)}\n`);
    await exporter.shutdown?.();
    const names = await readdir(dirname(path));
    assert.equal(names.length, 2);
    assert.ok(!names.some((name) => name.includes('2020')));
  });

  it('writes a request larger than the limit into a file of its own', async () => {
    const path = freshPath('traces.jsonl');
    const exporter = await open('rotation: { max_megabytes: 0.0001 }', path);
    const outcomes = [await send(exporter, `${'x'.repeat(500)}\n`), await send(exporter, 'y\n')];
    await exporter.shutdown?.();
    assert.deepEqual(
      outcomes.map((outcome) => outcome.kind),
      ['delivered', 'delivered'],
    );
    assert.equal(await readFile(path, 'utf8'), 'y\n');
  });
});

describe('the configuration', () => {
  it('takes what a Collector has', () => {
    const yaml =
      '{ path: /tmp/x, format: proto, compression: gzip, flush_interval: 1s, rotation: { max_megabytes: 10, max_days: 3, max_backups: 3, localtime: true } }';
    assert.ok(fileExporter.schema.safeParse(parse(yaml)).success);
  });

  it('needs a path', () => {
    assert.ok(!fileExporter.schema.safeParse(parse('{ path: "" }')).success);
    assert.ok(!fileExporter.schema.safeParse({}).success);
  });
});
