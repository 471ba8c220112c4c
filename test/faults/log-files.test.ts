import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import {
  closeSync,
  cpSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test, type TestContext } from 'node:test';
import { crc32 } from 'node:zlib';
import { spawnDaemon, startDaemon } from '../support/daemon.ts';
import { sumOf, untilDelivered } from '../support/daemon-metrics.ts';
import { onDisk, sinkExporter, toConfig } from './support/config.ts';
import { sendAll } from './support/load.ts';
import { createOracle, untilFulfilled, type Comparison } from './support/oracle.ts';
import { framesOf, lengthAt, segmentFiles, type FrameInFile } from './support/segment-file.ts';
import { startHttpSink, type Sink } from './support/sink.ts';
import { overHttp, startDaemonFor, startSinkFor } from './support/start.ts';

/** Each in a record of its own. */
const requests = 12;
const spansPerRequest = 20;
/** Of them the sink took so many before it began to refuse. */
const deliveredRequests = 4;

function configFor(sink: Sink): string {
  const exporters = { otlp_http: sinkExporter(sink.endpoint, { queue: onDisk }) };
  return toConfig({ exporters, storage: {} });
}

describe('a log on disk that is damaged while the daemon is down', () => {
  const oracle = createOracle();
  let left: string;

  /** A daemon was killed here: `requests` are in its log, and the first of them delivered. */
  before(async () => {
    const sink = await startHttpSink(({ number }) =>
      number <= deliveredRequests ? { kind: 'accept' } : { kind: 'status', status: 503 },
    );
    const daemon = await startDaemon(configFor(sink));
    left = daemon.directory;
    await sendAll(oracle, daemon.ports, { count: deliveredRequests * spansPerRequest });
    await untilFulfilled(oracle, sink);
    await untilDelivered(daemon);
    await sendAll(oracle, daemon.ports, {
      count: (requests - deliveredRequests) * spansPerRequest,
    });
    await daemon.kill();
    await sink.close();
    assert.equal(framesOf(left).length, requests, 'a record for each request');
  });

  after(() => {
    rmSync(left, { recursive: true, force: true });
  });

  function copyFor(t: TestContext): string {
    const directory = mkdtempSync(join(tmpdir(), 'weir-test-'));
    t.after(() => {
      rmSync(directory, { recursive: true, force: true });
    });
    cpSync(left, directory, { recursive: true });
    return directory;
  }

  /** Starts a daemon on the damaged data, waits until it owes nothing, and compares. */
  async function deliverRest(
    t: TestContext,
    directory: string,
  ): Promise<Comparison & { readonly metrics: string }> {
    const sink = await startSinkFor(t, overHttp);
    const daemon = await startDaemonFor(t, configFor(sink), { directory });
    const metrics = await untilDelivered(daemon);
    // It goes on: what comes now is stored and delivered too.
    const later = createOracle();
    later.issue(requests * spansPerRequest);
    await sendAll(later, daemon.ports, { count: spansPerRequest });
    await untilFulfilled(later, sink);
    const { spurious, ...rest } = oracle.compare(sink);
    return { ...rest, spurious: spurious.filter((id) => !later.acknowledged.has(id)), metrics };
  }

  /** Ids of the spans of the records from number `from` up to and without `to`, counted from 0. */
  function idsOf(from: number, to = from + 1): number[] {
    const [first, end] = [from * spansPerRequest + 1, to * spansPerRequest + 1];
    return Array.from({ length: end - first }, (_none, index) => first + index);
  }

  const delivered = idsOf(0, deliveredRequests);

  test('fault 1: killed with a backlog, it delivers exactly what it still owed', async (t) => {
    const { missing, duplicated, spurious } = await deliverRest(t, copyFor(t));
    assert.deepEqual(
      { missing, duplicated, spurious },
      { missing: delivered, duplicated: [], spurious: [] },
    );
  });

  for (const [where, cutAt] of [
    ['in the last byte', (frame: FrameInFile) => frame.to - 1],
    ['in the middle of its body', (frame: FrameInFile) => (frame.bodyFrom + frame.to) >> 1],
    ['after its header', (frame: FrameInFile) => frame.bodyFrom],
    ['in its header', (frame: FrameInFile) => frame.from + 30],
    ['after its first byte', (frame: FrameInFile) => frame.from + 1],
  ] as const) {
    test(`fault 4: the last record torn ${where} costs that record`, async (t) => {
      const directory = copyFor(t);
      const last = framesOf(directory).at(-1);
      assert.ok(last);
      truncateSync(last.path, cutAt(last));
      const { missing, metrics } = await deliverRest(t, directory);
      assert.deepEqual(missing, [...delivered, ...idsOf(requests - 1)]);
      assert.ok(sumOf(metrics, 'weir_log_truncated_bytes_total') > 0);
    });
  }

  for (const [what, number, at] of [
    ['the first record owed', deliveredRequests, (frame: FrameInFile) => frame.bodyFrom + 20],
    ['a record in the middle', 7, (frame: FrameInFile) => frame.bodyFrom + 20],
    ['the length of a record in the middle', 7, (frame: FrameInFile) => frame.from + lengthAt],
    ['the high byte of that length', 7, (frame: FrameInFile) => frame.from + lengthAt + 3],
    ['the magic number of a record', 7, (frame: FrameInFile) => frame.from],
  ] as const) {
    test(`fault 5: a flipped bit in ${what} costs that record`, async (t) => {
      const directory = copyFor(t);
      const frame = framesOf(directory)[number];
      assert.ok(frame);
      flipBit(frame.path, at(frame));
      const { missing, metrics } = await deliverRest(t, directory);
      assert.deepEqual(missing, [...delivered, ...idsOf(number)]);
      assert.equal(sumOf(metrics, 'weir_log_corrupt_records_total'), 1);
    });
  }

  test('fault 5: a flipped bit in the last record costs that record', async (t) => {
    const directory = copyFor(t);
    const last = framesOf(directory).at(-1);
    assert.ok(last);
    flipBit(last.path, last.to - 1);
    const { missing } = await deliverRest(t, directory);
    assert.deepEqual(missing, [...delivered, ...idsOf(requests - 1)]);
  });

  for (const [what, damage] of [
    [
      'empty',
      (path: string) => {
        truncateSync(path, 0);
      },
    ],
    [
      'gone',
      (path: string) => {
        rmSync(path);
      },
    ],
    [
      'garbage',
      (path: string) => {
        writeFileSync(path, 'x'.repeat(1024));
      },
    ],
  ] as const) {
    test(`fault 6: a cursor that is ${what} means that all there is comes again`, async (t) => {
      const directory = copyFor(t);
      damage(join(directory, 'data/traces/out/otlp_http.cursor'));
      const { missing, metrics } = await deliverRest(t, directory);
      assert.deepEqual(missing, []);
      assert.equal(sumOf(metrics, 'weir_log_replays_total'), 1);
    });
  }

  for (const [what, change] of [
    [
      'the directory',
      (directory: string) => {
        const path = join(directory, 'data/META');
        writeFileSync(path, readFileSync(path, 'utf8').replace('"format":1', '"format":2'));
        return path;
      },
    ],
    [
      'a cursor',
      (directory: string) => {
        const path = join(directory, 'data/traces/out/otlp_http.cursor');
        const bytes = readFileSync(path);
        for (const at of [0, 512]) setVersion(bytes.subarray(at, at + 512), 4);
        writeFileSync(path, bytes);
        return path;
      },
    ],
    [
      'a segment',
      (directory: string) => {
        const path = segmentFiles(directory)[0] ?? '';
        const bytes = readFileSync(path);
        for (const at of [0, 64]) setVersion(bytes.subarray(at, at + 64), 8);
        writeFileSync(path, bytes);
        return path;
      },
    ],
  ] as const) {
    test(`fault 7: a later format of ${what} is refused with 78 and the file's name, and nothing is touched`, async (t) => {
      const directory = copyFor(t);
      const path = change(directory);
      const before = fingerprint(join(directory, 'data'));
      const sink = await startSinkFor(t, overHttp);
      const daemon = await spawnDaemon(configFor(sink), { directory });
      t.after(() => daemon.kill());
      assert.deepEqual(await daemon.ended, { code: 78, signal: null }, daemon.output());
      assert.ok(daemon.output().includes(path.slice(path.indexOf('data'))), daemon.output());
      assert.deepEqual(fingerprint(join(directory, 'data')), before);
      assert.equal(sink.requests.length, 0);
    });
  }
});

describe('a log on disk', () => {
  test('fault 3: drained, left and taken up again, it skips nothing', async (t) => {
    const sink = await startSinkFor(t, overHttp);
    const config = configFor(sink);
    const oracle = createOracle();
    let daemon = await startDaemonFor(t, config);
    for (let round = 0; round < 3; round += 1) {
      await sendAll(oracle, daemon.ports, { count: 100 });
      await untilFulfilled(oracle, sink);
      await untilDelivered(daemon);
      assert.equal(await daemon.stop(), 0);
      daemon = await startDaemonFor(t, config, { directory: daemon.directory });
    }
    assert.deepEqual(oracle.compare(sink).duplicated, []);
  });

  test('fault 13: after an outage the oldest comes first, and nothing was given up on', async (t) => {
    let isUp = false;
    const sink = await startSinkFor(t, overHttp, () =>
      isUp ? { kind: 'accept' } : { kind: 'status', status: 503 },
    );
    // One at a time, so that order can be seen.
    const exporter = sinkExporter(sink.endpoint, { queue: { ...onDisk, num_consumers: 1 } });
    const config = toConfig({ exporters: { otlp_http: exporter }, storage: {} });
    const daemon = await startDaemonFor(t, config);
    const oracle = createOracle();
    await sendAll(oracle, daemon.ports, { count: 2000 });
    await sink.until('a long outage', () => sink.requests.length > 30);
    isUp = true;
    await untilFulfilled(oracle, sink);
    const order = [...sink.taken.keys()];
    assert.deepEqual(
      order,
      [...order].sort((one, other) => one - other),
    );
    const metrics = await untilDelivered(daemon);
    assert.equal(sumOf(metrics, 'weir_dropped_items_total'), 0);
  });

  test('fault 30: a shutdown with a dead sink waits for nobody and leaves the backlog for the next start', async (t) => {
    let isUp = false;
    const sink = await startSinkFor(t, overHttp, () =>
      isUp ? { kind: 'accept' } : { kind: 'hang' },
    );
    const exporter = sinkExporter(sink.endpoint, { queue: onDisk, timeout: '1h' });
    const config = toConfig({
      exporters: { otlp_http: exporter },
      storage: {},
      service: { shutdown_timeout: '3s' },
    });
    const daemon = await startDaemonFor(t, config);
    const oracle = createOracle();
    await sendAll(oracle, daemon.ports, { count: 1000 });
    assert.equal(await daemon.stop(), 0, daemon.output());
    isUp = true;
    await startDaemonFor(t, config, { directory: daemon.directory });
    await untilFulfilled(oracle, sink);
  });

  test('fault 11: of two daemons on one directory the second ends, and the first goes on', async (t) => {
    const sink = await startSinkFor(t, overHttp);
    const config = configFor(sink);
    const first = await startDaemonFor(t, config);
    const second = await spawnDaemon(config, { directory: first.directory });
    t.after(() => second.kill());
    assert.equal((await second.ended).code, 1, second.output());
    assert.ok(second.output().includes(String(first.pid)), second.output());
    const oracle = createOracle();
    await sendAll(oracle, first.ports, { count: 100 });
    await untilFulfilled(oracle, sink);
    await first.kill();
    // What a killed daemon leaves locks nobody out.
    const third = await startDaemonFor(t, config, { directory: first.directory });
    await sendAll(oracle, third.ports, { count: 100 });
    await untilFulfilled(oracle, sink);
  });

  test('fault 10: a data directory that cannot be one ends the start with 78 and its path', async (t) => {
    const sink = await startSinkFor(t, overHttp);
    const directory = mkdtempSync(join(tmpdir(), 'weir-test-'));
    t.after(() => {
      rmSync(directory, { recursive: true, force: true });
    });
    writeFileSync(join(directory, 'data'), 'a file');
    const daemon = await spawnDaemon(configFor(sink), { directory });
    t.after(() => daemon.kill());
    assert.deepEqual(await daemon.ended, { code: 78, signal: null }, daemon.output());
    assert.match(daemon.output(), /data: user .* cannot write here: .*data is not a directory/);
    assert.equal(readFileSync(join(directory, 'data'), 'utf8'), 'a file');
  });
});

function flipBit(path: string, at: number): void {
  const byte = readFileSync(path)[at] ?? 0;
  const file = openSync(path, 'r+');
  writeSync(file, Buffer.from([byte ^ 0x10]), 0, 1, at);
  closeSync(file);
}

/** Writes version 2 into a header that ends with the CRC-32 of what is before it. */
function setVersion(header: Buffer, at: number): void {
  header.writeUInt32LE(2, at);
  header.writeUInt32LE(crc32(header.subarray(0, header.length - 4)), header.length - 4);
}

/** Names and contents of all files but the lock. */
function fingerprint(directory: string): Record<string, string> {
  const names = readdirSync(directory, { recursive: true, encoding: 'utf8' }).sort();
  return Object.fromEntries(
    names
      .filter((name) => name !== 'LOCK' && statSync(join(directory, name)).isFile())
      .map((name) => [
        name,
        createHash('sha256')
          .update(readFileSync(join(directory, name)))
          .digest('hex'),
      ]),
  );
}
