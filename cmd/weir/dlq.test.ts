import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import type { DeadLetter } from '../../pipeline/deliver/dead-letter.ts';
import { deadLetterFolder, openDeadLetterFile } from '../../pipeline/deliver/dead-letter-file.ts';
import { systemClock } from '../../pipeline/telemetry/clock.ts';
import { freePorts } from '../../test/support/free-port.ts';
import { startPoisonSink } from '../../test/support/poison-sink.ts';
import type { FinishedRun } from '../../test/support/child-of-test.ts';
import { runWeir } from '../../test/support/run-weir.ts';
import { spanRequest } from '../../test/support/span-request.ts';

const pipeline = 'traces/eu';
const exporter = 'otlp_http/x';

interface Bench {
  readonly folder: string;
  readonly file: DeadLetter;
  /** Puts a request of spans with these names aside. */
  readonly setAside: (id: string, ...names: readonly string[]) => Promise<void>;
  readonly weir: (args: readonly string[]) => Promise<FinishedRun>;
  /** Names of the spans that the sink took. */
  readonly taken: string[];
}

/** A data directory with a configuration, and a sink that refuses requests with a span called `poison`. */
async function createBench(t: TestContext): Promise<Bench> {
  const directory = mkdtempSync(join(tmpdir(), 'weir-dlq-'));
  const { url, taken } = await startPoisonSink(t);
  t.after(() => {
    rmSync(directory, { recursive: true, force: true });
  });
  const config = join(directory, 'config.yaml');
  writeFileSync(
    config,
    `receivers: { otlp: { protocols: { http: { endpoint: '127.0.0.1:0' } } } }
exporters: { ${exporter}: { endpoint: '${url}' } }
service: { pipelines: { ${pipeline}: { receivers: [otlp], exporters: [${exporter}] } } }
`,
  );
  const dataDir = join(directory, 'data');
  const folder = deadLetterFolder(dataDir, pipeline, exporter);
  const file = openDeadLetterFile({ folder, clock: systemClock, counted: () => undefined });
  return {
    folder,
    file,
    taken,
    setAside: async (id, ...names) => {
      const slice = { signal: 'traces', bytes: spanRequest(names), items: names.length } as const;
      const why = { reason: 'rejected', error: 'HTTP 400: bad span' };
      await file.add([{ id, slice, items: names.length, ...why }]);
    },
    weir: ([command = '', ...args]) =>
      runWeir(['dlq', command, '-c', config, '--data-dir', dataDir, ...args]),
  };
}

describe('weir dlq', () => {
  it('list says what is set aside, and with --entries by which id', async (t) => {
    const { setAside, weir } = await createBench(t);
    assert.deepEqual(JSON.parse((await weir(['list', '--json'])).stdout), []);
    await setAside('traces/1-2/0', 'a', 'b');
    await setAside('traces/3-4', 'c');
    const [summary] = JSON.parse((await weir(['list', '--json'])).stdout) as object[];
    assert.deepEqual(
      { ...summary, oldest: '', newest: '' },
      {
        pipeline,
        exporter,
        entries: 2,
        items: 3,
        reasons: { rejected: 3 },
        oldest: '',
        newest: '',
        error: 'HTTP 400: bad span',
      },
    );
    const { stdout } = await weir(['list', '--entries']);
    assert.match(stdout, /^traces\/1-2\/0 .* 2 items {2}rejected: HTTP 400: bad span$/m);
  });

  it('show prints the request as JSON on standard output', async (t) => {
    const { setAside, weir } = await createBench(t);
    await setAside('traces/1-2/0', 'chat');
    const { stdout, stderr } = await weir(['show', 'traces/1-2/0']);
    assert.match(JSON.stringify(JSON.parse(stdout)), /"name":"chat"/);
    assert.match(stderr, /1 items of traces\/eu refused by otlp_http\/x/);
    assert.equal((await weir(['show', 'nonsense'])).code, 1);
  });

  it('retry delivers what the sink takes now, and keeps what it refuses again', async (t) => {
    const { setAside, weir, taken, folder } = await createBench(t);
    await setAside('one', 'a', 'b');
    await setAside('two', 'c', 'poison', 'd');
    const run = await weir(['retry', '--exporter', exporter, '--json']);
    assert.deepEqual(JSON.parse(run.stdout), { delivered: 4, refused: 1 });
    assert.equal(run.code, 1);
    assert.deepEqual([...taken].sort(), ['a', 'b', 'c', 'd']);
    assert.deepEqual(readdirSync(folder), ['current.jsonl']);
    const [left] = JSON.parse((await weir(['list', '--json'])).stdout) as { items: number }[];
    assert.equal(left?.items, 1);
  });

  it('retry to another server sends there, and leaves nothing behind', async (t) => {
    const [origin, other] = [await createBench(t), await createBench(t)];
    await origin.setAside('one', 'a');
    await other.setAside('two', 'b');
    const [nowhere = 0] = await freePorts(1);
    const lost = ['retry', '--exporter', exporter, '--to', `http://127.0.0.1:${nowhere}`];
    const failed = await origin.weir([...lost, '--timeout', '0']);
    assert.equal(failed.code, 69);
    assert.match(failed.stderr, /stays set aside.*ECONNREFUSED/);
    const [kept] = JSON.parse((await origin.weir(['list', '--json'])).stdout) as object[];
    assert.equal(kept !== undefined && 'items' in kept ? kept.items : 0, 1);
    const done = await origin.weir(['retry', '--exporter', exporter]);
    assert.deepEqual([done.code, origin.taken], [0, ['a']]);
    assert.match((await origin.weir(['list'])).stderr, /nothing is set aside in \S+$/m);
    const elsewhere = await origin.weir(['list', '--data-dir', '/nowhere']);
    assert.match(elsewhere.stderr, /nothing is set aside in \/nowhere, which is not there/);
  });

  it('retry takes over what a retry left that died', async (t) => {
    const { setAside, weir, taken, folder } = await createBench(t);
    await setAside('one', 'a');
    const { renameSync } = await import('node:fs');
    renameSync(join(folder, 'current.jsonl'), join(folder, 'retry-999999999-0.jsonl'));
    await setAside('two', 'b');
    assert.equal((await weir(['retry', '--exporter', exporter])).code, 0);
    assert.deepEqual([...taken].sort(), ['a', 'b']);
    assert.deepEqual(readdirSync(folder), []);
  });

  it('says what it cannot read', async (t) => {
    const { folder, weir } = await createBench(t);
    mkdirSync(dirname(folder), { recursive: true });
    symlinkSync(basename(folder), folder);
    const { code, stderr } = await weir(['list']);
    assert.equal(code, 1);
    assert.equal(stderr, `weir dlq: cannot read ${folder}: ELOOP\n`);
  });

  it('says what is wrong with how it was called', async (t) => {
    const { weir } = await createBench(t);
    for (const args of [
      ['retry'],
      ['retry', '--exporter', 'otlp_http/y'],
      ['retry', '--exporter', exporter, '--timeout', 'soon'],
      ['retry', '--exporter', exporter, '--to', 'localhost:4318'],
    ]) {
      assert.equal((await weir(args)).code, 2, args.join(' '));
    }
  });
});
