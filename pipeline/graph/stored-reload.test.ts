import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { TestContext } from 'node:test';
import { sumUp } from '../../test/support/sum-up.ts';
import { createTestBench } from '../../test/support/test-components.ts';
import type { TestBench } from '../../test/support/test-components.ts';
import { buildTestEngine, loadTestConfig } from '../../test/support/test-engine.ts';
import type { TestEngine } from '../../test/support/test-engine.ts';

function makeDirectory(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'weir-stored-'));
  t.after(() => {
    rmSync(directory, { recursive: true });
  });
  return directory;
}

/** One pipeline whose log is on disk, or in memory where `directory` is undefined. */
function yamlOf(
  directory: string | undefined,
  { exporters = ['test/a'], mark = 'x', pipeline = 'traces' } = {},
): string {
  const queue = directory === undefined ? '' : 'sending_queue: { storage: test_storage }';
  const storage = directory === undefined ? '' : `test_storage: { directory: ${directory} }`;
  const retry = 'retry_on_failure: { initial_interval: 1ms, max_interval: 1ms }';
  return `
receivers: { test: }
processors: { test_action: { mark: ${mark} } }
exporters: { ${exporters.map((id) => `${id}: { ${retry}, ${queue} }`).join(', ')} }
extensions: { ${storage} }
service:
  workers: 0
  shutdown_timeout: 300ms
  extensions: [${directory === undefined ? '' : 'test_storage'}]
  pipelines: { ${pipeline}: { receivers: [test], processors: [test_action], exporters: [${exporters.join(', ')}] } }`;
}

async function start(t: TestContext, yaml: string, bench: TestBench): Promise<TestEngine> {
  const built = await buildTestEngine(yaml, bench);
  t.after(() => built.engine.stop(1000));
  await built.engine.start();
  return built;
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2));
}

/** Checks the exporter's side of the ledger, on a scrape in a turn of its own. */
async function assertBalanced({ metrics }: TestEngine, exporter: string): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 1));
  const text = await metrics.render();
  const appended = sumUp(text, 'pipeline').get('traces')?.['weir_appended_items_total'] ?? 0;
  const own = sumUp(text, 'exporter').get(exporter) ?? {};
  const of = (name: string): number => own[`weir_${name}`] ?? 0;
  assert.equal(
    of('recovered_items_total') + appended,
    of('delivered_items_total') +
      of('dropped_items_total') +
      of('skipped_items_total') +
      of('backlog_items'),
  );
}

const down = () => ({ kind: 'retryable', cause: 'network', message: 'down' }) as const;

describe('a log on disk', () => {
  test('keeps what was acknowledged for the next start, and nothing waits for a dead sink', async (t) => {
    const directory = makeDirectory(t);
    const bench = createTestBench();
    bench.answer = down;
    const first = await start(t, yamlOf(directory), bench);
    await first.send('test', 'a', 'b');
    await first.engine.stop(60_000);
    const stays = first.lines.find(({ message }) => message.endsWith('stays on disk'));
    assert.deepEqual(stays?.fields, { pipeline: 'traces', exporter: 'test/a', items: 2 });
    const again = createTestBench();
    const second = await start(t, yamlOf(directory), again);
    await until(() => again.sent.get('test/a')?.length === 2);
    await assertBalanced(second, 'test/a');
    assert.deepEqual(again.sent.get('test/a'), ['a', 'b']);
  });

  test('goes from graph to graph under load, with nothing lost, repeated or out of the ledger', async (t) => {
    const directory = makeDirectory(t);
    const bench = createTestBench();
    const engine = await start(t, yamlOf(directory), bench);
    const acknowledged: string[] = [];
    let isLoading = true;
    const load = async (): Promise<void> => {
      for (let request = 0; isLoading; request += 1) {
        const { kind } = await engine.send('test', `n${request}`);
        if (kind === 'accepted') acknowledged.push(`n${request}`);
      }
    };
    const loading = load();
    for (let round = 1; round <= 20; round += 1) {
      const next = yamlOf(directory, { mark: `m${round}` });
      await engine.engine.reload(await loadTestConfig(next, bench));
      await until(() => acknowledged.length > 3 * round);
      await assertBalanced(engine, 'test/a');
    }
    isLoading = false;
    await loading;
    await until(() => bench.sent.get('test/a')?.length === acknowledged.length);
    assert.deepEqual(bench.sent.get('test/a')?.sort(), acknowledged.sort());
  });

  test('keeps the backlog of an exporter that is taken away until it comes back', async (t) => {
    const directory = makeDirectory(t);
    const bench = createTestBench();
    bench.answer = (id) => (id === 'test/a' ? down() : { kind: 'delivered' });
    const both = { exporters: ['test/a', 'test/b'] };
    const engine = await start(t, yamlOf(directory, both), bench);
    const reload = async (options: { exporters: string[] }): Promise<unknown> =>
      engine.engine.reload(await loadTestConfig(yamlOf(directory, options), bench));
    await engine.send('test', 'one');
    await reload({ exporters: ['test/b'] });
    await engine.send('test', 'two');
    bench.answer = () => ({ kind: 'delivered' });
    await reload(both);
    await engine.send('test', 'three');
    await until(() => bench.sent.get('test/a')?.includes('three') === true);
    assert.equal(bench.sent.get('test/a')?.[0], 'one');
    for (const exporter of ['test/a', 'test/b']) await assertBalanced(engine, exporter);
  });

  test('of a pipeline that is renamed is delivered by its exporters, with a reload and with a start', async (t) => {
    const directory = makeDirectory(t);
    const bench = createTestBench();
    bench.answer = down;
    const first = await start(t, yamlOf(directory), bench);
    await first.send('test', 'a', 'b');
    const renamed = yamlOf(directory, { pipeline: 'traces/new' });
    await first.engine.reload(await loadTestConfig(renamed, bench));
    await first.send('test', 'c');
    await first.engine.stop(60_000);
    const stays = first.lines.filter(({ message }) => message.endsWith('stays on disk'));
    assert.deepEqual(
      stays.map(({ fields }) => fields),
      [
        { pipeline: 'traces/new', exporter: 'test/a', items: 1 },
        { pipeline: 'traces', exporter: 'test/a', items: 2 },
      ],
    );
    const again = createTestBench();
    const second = await start(t, yamlOf(directory, { pipeline: 'traces/newest' }), again);
    await until(() => again.sent.get('test/a')?.length === 3);
    assert.deepEqual(again.sent.get('test/a')?.sort(), ['a', 'b', 'c']);
    await assertBalanced(second, 'test/a');
    await second.send('test', 'd');
    await until(() => again.sent.get('test/a')?.length === 4);
    const { lines } = second;
    const told = lines.filter(({ message }) => message.endsWith('is delivered by its exporter'));
    assert.equal(told.length, 2);
  });

  test('of a pipeline that is renamed is kept for an exporter that is gone, and that is said', async (t) => {
    const directory = makeDirectory(t);
    const bench = createTestBench();
    bench.answer = down;
    const first = await start(t, yamlOf(directory), bench);
    await first.send('test', 'a');
    await first.engine.stop(1000);
    const other = yamlOf(directory, { pipeline: 'traces/new', exporters: ['test/b'] });
    const second = await start(t, other, createTestBench());
    const warning = second.lines.find(({ level }) => level === 'warn');
    assert.match(warning?.message ?? '', /is kept for a day/);
    assert.equal(warning?.fields['exporter'], 'test/a');
    await second.engine.stop(1000);
    const again = createTestBench();
    const third = await start(t, yamlOf(directory), again);
    await until(() => again.sent.get('test/a')?.length === 1);
    await assertBalanced(third, 'test/a');
  });

  test('stays where it is when a pipeline moves into memory, and is taken up when it comes back', async (t) => {
    const directory = makeDirectory(t);
    const bench = createTestBench();
    bench.answer = down;
    const engine = await start(t, yamlOf(directory), bench);
    await engine.send('test', 'stored');
    await engine.engine.reload(await loadTestConfig(yamlOf(undefined), bench));
    bench.answer = () => ({ kind: 'delivered' });
    await engine.send('test', 'passing');
    await until(() => bench.sent.get('test/a')?.length === 1);
    await engine.engine.reload(await loadTestConfig(yamlOf(directory), bench));
    await until(() => bench.sent.get('test/a')?.length === 2);
    assert.deepEqual(bench.sent.get('test/a'), ['passing', 'stored']);
    await assertBalanced(engine, 'test/a');
  });

  test('is not opened twice: a second engine says who has it', async (t) => {
    const directory = makeDirectory(t);
    await start(t, yamlOf(directory), createTestBench());
    await assert.rejects(buildTestEngine(yamlOf(directory)), /uses this directory/);
  });

  test('says which directory it cannot have', async () => {
    const file = '/dev/null/weir';
    await assert.rejects(buildTestEngine(yamlOf(file)), /\/dev\/null/);
  });
});
