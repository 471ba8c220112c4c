import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { TestContext } from 'node:test';
import { createTestBench } from '../../test/support/test-components.ts';
import { buildTestEngine } from '../../test/support/test-engine.ts';
import type { TestEngine } from '../../test/support/test-engine.ts';

/** All on one thread unless a test says otherwise: fast, and the same code. */
const inline = 'service: { workers: 0';

async function start(t: TestContext, yaml: string, bench = createTestBench()): Promise<TestEngine> {
  const built = await buildTestEngine(yaml, bench);
  t.after(() => built.engine.stop(1000));
  await built.engine.start();
  return built;
}

/** Waits until a condition holds; the test's own timeout ends it where it never does. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2));
}

describe('an engine', () => {
  test('starts extensions first and receivers last, and stops the other way round', async () => {
    const { engine, bench } = await buildTestEngine(`
receivers: { test: }
exporters: { test/out: }
connectors: { test_count: }
extensions: { test/one: , test/two: }
${inline}, extensions: [test/one, test/two], pipelines: {
  traces: { receivers: [test], exporters: [test/out, test_count] },
  traces/sums: { receivers: [test_count], exporters: [test/out] } } }`);
    assert.deepEqual([bench.events, engine.status.state], [[], 'starting']);
    await engine.start();
    assert.deepEqual(bench.events, [
      'start test/one',
      'start test/two',
      'start test/out',
      'start test_count',
      'start test',
    ]);
    assert.equal(engine.status.state, 'running');
    bench.events.length = 0;
    const stopped = engine.stop(1000);
    assert.equal(engine.status.state, 'draining');
    await stopped;
    assert.deepEqual(bench.events, [
      'shutdown test',
      'shutdown test_count',
      'shutdown test/out',
      'shutdown test/two',
      'shutdown test/one',
    ]);
    await engine.stop(1000);
    assert.equal(bench.events.length, 5);
    // What a connector hands on at its end is still delivered.
    assert.deepEqual(bench.sent.get('test/out'), ['summary']);
  });

  test('names the component that does not start, and shuts down what had started', async () => {
    const { engine, bench } = await buildTestEngine(`
receivers: { test: }
exporters: { test/good: , test/bad: }
extensions: { test/one: }
${inline}, extensions: [test/one], pipelines: { traces: { receivers: [test], exporters: [test/good, test/bad] } } }`);
    bench.broken.add('test/bad');
    await assert.rejects(engine.start(), {
      message: 'failed to start exporter "test/bad": told to fail',
    });
    assert.ok(!bench.events.includes('start test'));
    assert.ok(bench.events.includes('shutdown test/good'));
    assert.ok(bench.events.includes('shutdown test/one'));
    assert.equal(engine.status.state, 'stopped');
  });

  test('stops before it was started', async () => {
    const { engine } = await buildTestEngine(
      `{ receivers: { test: }, exporters: { test: }, ${inline}, pipelines: { traces: { receivers: [test], exporters: [test] } } } }`,
    );
    await engine.stop(100);
  });

  test('carries requests from receiver to exporter, through workers', async (t) => {
    const { engine, send, bench } = await start(
      t,
      `
receivers: { test: }
processors: { test_action: { mark: x } }
exporters: { test: , test_encoding: }
service: { workers: 1, pipelines: { traces: { receivers: [test], processors: [test_action], exporters: [test, test_encoding] } } }`,
    );
    assert.equal(engine.threads, 1);
    assert.equal((await send('test', 'a', 'drop', 'b')).kind, 'accepted');
    await engine.stop(5000);
    assert.deepEqual(bench.sent.get('test'), ['a', 'b']);
    assert.deepEqual(bench.sent.get('test_encoding'), ['a', 'b']);
  });

  test('one receiver feeds several pipelines, and each has its own processors', async (t) => {
    const { engine, send, bench } = await start(
      t,
      `
receivers: { test: }
processors: { test_action: , test_sampler: }
exporters: { test/a: , test/b: }
${inline}, pipelines: {
  traces/a: { receivers: [test], processors: [test_action], exporters: [test/a] },
  traces/b: { receivers: [test], processors: [test_sampler], exporters: [test/b] } } }`,
    );
    await send('test', 'x', 'drop', 'sample');
    await engine.stop(5000);
    assert.deepEqual(bench.sent.get('test/a'), ['x', 'sample']);
    assert.deepEqual(bench.sent.get('test/b'), ['x', 'drop']);
  });

  test('a request that went to several pipelines gets the worst of their verdicts', async (t) => {
    const { send, bench, engine } = await start(
      t,
      `
receivers: { test: }
processors: { test_action: }
exporters: { test: }
${inline}, pipelines: {
  traces/picky: { receivers: [test], processors: [test_action], exporters: [test] },
  traces/other: { receivers: [test], exporters: [test] } } }`,
    );
    assert.equal((await send('test', 'throw')).kind, 'invalid');
    const partial = await send('test', 'a', 'bad');
    assert.equal(partial.kind === 'accepted' && partial.rejectedItems, 1);
    await engine.stop(5000);
    assert.deepEqual(bench.sent.get('test')?.sort(), ['a', 'a', 'throw']);
  });

  test('says which component failed on a request, and nothing of what is in it', async (t) => {
    const { send, lines } = await start(
      t,
      `{ receivers: { test: }, processors: { test_action: }, exporters: { test: }, ${inline}, pipelines: { traces: { receivers: [test], processors: [test_action], exporters: [test] } } } }`,
    );
    await send('test', 'throw');
    const line = lines.find(({ message }) => message.startsWith('a component failed'));
    assert.ok(line);
    assert.equal(line.fields['component'], 'test_action');
    assert.match(String(line.fields['error']), /^Error at .*test-parts/);
  });

  test('names the component whose preparation fails', async () => {
    const bench = createTestBench();
    const yaml = `{ receivers: { test: }, processors: { test_action: { mark: unprepared } }, exporters: { test: }, ${inline}, pipelines: { traces: { receivers: [test], processors: [test_action], exporters: [test] } } } }`;
    await assert.rejects(buildTestEngine(yaml, bench), {
      message: 'processor "test_action": no such file',
    });
  });

  test('accepts no signal that no pipeline takes', async (t) => {
    const { bench } = await start(
      t,
      `{ receivers: { test: }, exporters: { test: }, ${inline}, pipelines: { logs: { receivers: [test], exporters: [test] } } } }`,
    );
    const ingress = bench.ingress.get('test');
    assert.deepEqual([ingress?.accepts('logs'), ingress?.accepts('traces')], [true, false]);
  });

  test('refuses where the queue is full, and takes again when there is room', async (t) => {
    let release: (() => void) | undefined;
    const bench = createTestBench();
    bench.answer = () =>
      new Promise((resolve) => {
        release = () => {
          resolve({ kind: 'delivered' });
        };
      });
    const { send, engine } = await start(
      t,
      `
receivers: { test: }
exporters: { test: { sending_queue: { queue_size: 2, num_consumers: 1 } } }
${inline}, pipelines: { traces: { receivers: [test], exporters: [test] } } }`,
      bench,
    );
    const kinds = [await send('test', 'a'), await send('test', 'b'), await send('test', 'c')].map(
      (verdict) => verdict.kind,
    );
    assert.deepEqual(kinds, ['accepted', 'accepted', 'unavailable']);
    await until(() => release !== undefined);
    bench.answer = () => ({ kind: 'delivered' });
    release?.();
    await until(() => (bench.sent.get('test') ?? []).length === 2);
    assert.equal((await send('test', 'd')).kind, 'accepted');
    await engine.stop(5000);
    assert.deepEqual(bench.sent.get('test'), ['a', 'b', 'd']);
  });

  test('a dead exporter costs the others nothing', async (t) => {
    const bench = createTestBench();
    bench.answer = (id) =>
      id === 'test/dead'
        ? { kind: 'retryable', cause: 'network', message: 'down' }
        : { kind: 'delivered' };
    const { send } = await start(
      t,
      `
receivers: { test: }
exporters: { test/dead: , test/live: }
${inline}, pipelines: { traces: { receivers: [test], exporters: [test/dead, test/live] } } }`,
      bench,
    );
    for (const name of ['a', 'b', 'c']) await send('test', name);
    await until(() => bench.sent.get('test/live')?.length === 3);
    assert.equal(bench.sent.get('test/dead'), undefined);
  });

  test('shuts down within its budget though a sink is dead, and counts what is lost', async (t) => {
    const bench = createTestBench();
    bench.answer = () => new Promise(() => undefined);
    const { send, engine, metrics } = await start(
      t,
      `{ receivers: { test: }, exporters: { test: }, ${inline}, pipelines: { traces: { receivers: [test], exporters: [test] } } } }`,
      bench,
    );
    await send('test', 'a', 'b');
    await engine.stop(50);
    const labels = { pipeline: 'traces', exporter: 'test', reason: 'shutdown' };
    assert.equal(await metrics.value('weir_dropped_items_total', labels), 2);
  });

  test('a batch processor sets how its pipelines send', async (t) => {
    const bench = createTestBench();
    const sizes: number[] = [];
    bench.answer = (_id, payload) => {
      sizes.push(payload.items);
      return { kind: 'delivered' };
    };
    const { send, engine } = await start(
      t,
      `
receivers: { test: }
processors: { batch: { send_batch_size: 3, timeout: 60s } }
exporters: { test: }
${inline}, pipelines: { traces: { receivers: [test], processors: [batch], exporters: [test] } } }`,
      bench,
    );
    for (const name of ['a', 'b', 'c']) await send('test', name);
    await until(() => sizes.length === 1);
    await send('test', 'd');
    await engine.stop(5000);
    assert.deepEqual(sizes, [3, 1]);
  });
});

describe('a connector', () => {
  test('that forwards answers only when the pipeline behind it has stored', async (t) => {
    const { send, engine, bench } = await start(
      t,
      `
receivers: { test: }
processors: { test_action: }
exporters: { test: }
connectors: { forward: }
${inline}, pipelines: {
  traces/in: { receivers: [test], exporters: [forward] },
  traces/out: { receivers: [forward], processors: [test_action], exporters: [test] } } }`,
    );
    assert.equal((await send('test', 'a', 'drop')).kind, 'accepted');
    assert.equal((await send('test', 'throw')).kind, 'invalid');
    await engine.stop(5000);
    assert.deepEqual(bench.sent.get('test'), ['a']);
  });

  test('that maps is given one summary for each stored request', async (t) => {
    const { send, bench } = await start(
      t,
      `
receivers: { test: }
processors: { test_action: }
exporters: { test: }
connectors: { test_count: }
${inline}, pipelines: {
  traces: { receivers: [test], processors: [test_action], exporters: [test_count] },
  traces/sums: { receivers: [test_count], exporters: [test] } } }`,
    );
    await send('test', 'a', 'drop', 'b');
    await send('test', 'throw');
    await send('test', 'c');
    assert.deepEqual(bench.reduced.get('test_count'), [2, 1]);
  });

  test('maps before the first sampler, so that sampling does not bend what it sums up', async (t) => {
    const { send, bench } = await start(
      t,
      `
receivers: { test: }
processors: { test_action: , test_sampler: }
exporters: { test: }
connectors: { test_count: }
${inline}, pipelines: {
  traces: { receivers: [test], processors: [test_action, test_sampler], exporters: [test, test_count] },
  traces/sums: { receivers: [test_count], exporters: [test] } } }`,
    );
    await send('test', 'a', 'sample', 'drop', 'sample');
    assert.deepEqual(bench.reduced.get('test_count'), [3]);
  });

  test('is given nothing of a request that was refused', async (t) => {
    const bench = createTestBench();
    bench.answer = () => new Promise(() => undefined);
    const { send } = await start(
      t,
      `
receivers: { test: }
exporters: { test/full: { sending_queue: { queue_size: 1 } }, test/sums: }
connectors: { test_count: }
service: { workers: 0, shutdown_timeout: 50ms, pipelines: {
  traces: { receivers: [test], exporters: [test/full, test_count] },
  traces/sums: { receivers: [test_count], exporters: [test/sums] } } }`,
      bench,
    );
    assert.equal((await send('test', 'a')).kind, 'accepted');
    assert.equal((await send('test', 'b', 'c')).kind, 'unavailable');
    assert.deepEqual(bench.reduced.get('test_count'), [1]);
  });
});
