import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { TestContext } from 'node:test';
import { createTestBench } from '../../test/support/test-components.ts';
import { buildTestEngine, loadTestConfig } from '../../test/support/test-engine.ts';
import type { TestEngine } from '../../test/support/test-engine.ts';
import { sumUp } from '../../test/support/sum-up.ts';

interface Reloadable extends TestEngine {
  /** Reloads from a text; resolves with what changed. */
  readonly reload: (yaml: string) => Promise<readonly string[] | undefined>;
}

async function start(t: TestContext, yaml: string, bench = createTestBench()): Promise<Reloadable> {
  const built = await buildTestEngine(yaml, bench);
  t.after(() => built.engine.stop(1000));
  await built.engine.start();
  bench.events.length = 0;
  return {
    ...built,
    reload: async (next) => built.engine.reload(await loadTestConfig(next, bench)),
  };
}

/** One pipeline on the main thread; each part may be replaced. */
function yamlOf({
  receivers = 'test:',
  processors = 'test_action:',
  exporters = 'test/out:',
  extensions = '',
  pipelines = 'traces: { receivers: [test], processors: [test_action], exporters: [test/out] }',
  service = 'workers: 0',
} = {}): string {
  const ids = extensions === '' ? '' : `extensions: [${extensions.split(':')[0] ?? ''}],`;
  return `
receivers: { ${receivers} }
processors: { ${processors} }
exporters: { ${exporters} }
extensions: { ${extensions} }
service: { ${ids} ${service}, pipelines: { ${pipelines} } }`;
}

/** Waits until a condition holds; the test's own timeout ends it where it never does. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2));
}

describe('a reload', () => {
  test('leaves what is configured the same running', async (t) => {
    const { reload, bench, send, engine } = await start(t, yamlOf({ extensions: 'test/one:' }));
    const ingress = bench.ingress.get('test');
    const changes = await reload(
      yamlOf({ extensions: 'test/one:', processors: 'test_action: { mark: x }' }),
    );
    assert.deepEqual(changes, ['~ processors.test_action']);
    assert.deepEqual(bench.events, []);
    assert.equal(bench.ingress.get('test'), ingress);
    assert.equal((await send('test', 'a')).kind, 'accepted');
    await engine.stop(1000);
    assert.deepEqual(bench.sent.get('test/out'), ['a']);
  });

  test('puts new processors before what comes in from then on', async (t) => {
    const pipeline = (processors: string): string =>
      `traces: { receivers: [test], processors: [${processors}], exporters: [test/out] }`;
    const all = 'test_action: , test_sampler:';
    const { reload, send, bench, engine } = await start(
      t,
      yamlOf({ processors: all, pipelines: pipeline('test_action') }),
    );
    await send('test', 'drop', 'sample');
    await reload(yamlOf({ processors: all, pipelines: pipeline('test_sampler') }));
    await send('test', 'drop', 'sample');
    await engine.stop(1000);
    assert.deepEqual(bench.sent.get('test/out'), ['sample', 'drop']);
  });

  test('ends a receiver or extension that is configured otherwise before its successor starts', async (t) => {
    const { reload, bench } = await start(t, yamlOf({ extensions: 'test/one:' }));
    const changes = await reload(
      yamlOf({ extensions: 'test/one: { mark: x }', receivers: 'test: { mark: x }' }),
    );
    assert.deepEqual(changes, ['~ receivers.test', '~ extensions.test/one']);
    assert.deepEqual(bench.events, [
      'shutdown test/one',
      'start test/one',
      'shutdown test',
      'start test',
    ]);
  });

  test('starts an exporter anew that asked for what an extension offered, and no other', async (t) => {
    const both = {
      exporters: 'test/out: , test/asks:',
      pipelines: 'traces: { receivers: [test], exporters: [test/out, test/asks] }',
    };
    const { reload, bench } = await start(t, yamlOf({ ...both, extensions: 'test/one:' }));
    await reload(yamlOf({ ...both, extensions: 'test/one: { mark: x }' }));
    await until(() => bench.events.length === 4);
    assert.deepEqual(bench.events, [
      'shutdown test/one',
      'start test/one',
      'start test/asks with test/one',
      'shutdown test/asks',
    ]);
  });

  test('frees the port of a receiver that is gone before another one starts', async (t) => {
    const { reload, bench } = await start(t, yamlOf());
    await reload(
      yamlOf({
        receivers: 'test/new:',
        pipelines:
          'traces: { receivers: [test/new], processors: [test_action], exporters: [test/out] }',
      }),
    );
    assert.deepEqual(bench.events, ['shutdown test', 'start test/new']);
  });

  test('leaves the old graph running where the new one cannot be started, and says what failed', async (t) => {
    const { reload, bench, send, engine } = await start(t, yamlOf());
    bench.broken.add('test/bad');
    const exporters = 'test/out: , test/bad:';
    const pipelines = 'traces: { receivers: [test], exporters: [test/out, test/bad] }';
    await assert.rejects(reload(yamlOf({ exporters, pipelines })), {
      message: 'failed to start exporter "test/bad": told to fail',
    });
    assert.deepEqual(bench.events, ['start test/bad', 'shutdown test/bad']);
    assert.equal((await send('test', 'a', 'drop')).kind, 'accepted');
    assert.equal(engine.status.state, 'running');
    await engine.stop(1000);
    assert.deepEqual(bench.sent.get('test/out'), ['a']);
  });

  test('brings back what it had shut down where a later step fails', async (t) => {
    const { reload, bench, send, engine } = await start(t, yamlOf({ extensions: 'test/one:' }));
    bench.broken.add('test/two');
    const failing = yamlOf({
      extensions: 'test/one: { mark: x }',
      receivers: 'test: { mark: x }, test/two:',
      pipelines: 'traces: { receivers: [test, test/two], exporters: [test/out] }',
    });
    await assert.rejects(reload(failing), /failed to start receiver "test\/two"/);
    assert.deepEqual(engine.status.refusals, []);
    assert.equal((await send('test', 'a', 'drop')).kind, 'accepted');
    await engine.stop(1000);
    assert.deepEqual(bench.sent.get('test/out'), ['a']);
  });

  test('says so where what it had shut down does not come back, until a reload succeeds', async (t) => {
    const { reload, bench, engine } = await start(t, yamlOf());
    bench.broken.add('test');
    await assert.rejects(reload(yamlOf({ receivers: 'test: { mark: x }' })), /receiver "test"/);
    assert.deepEqual(engine.status.refusals, [
      'receiver "test" could not be started again after a reload that failed',
    ]);
    bench.broken.clear();
    await reload(yamlOf());
    assert.deepEqual(engine.status.refusals, []);
    assert.ok(bench.events.at(-1) === 'start test');
  });

  test('waits for the start that it comes into', async (t) => {
    const bench = createTestBench();
    const { engine } = await buildTestEngine(yamlOf(), bench);
    t.after(() => engine.stop(1000));
    const started = engine.start();
    const changes = await engine.reload(
      await loadTestConfig(yamlOf({ receivers: 'test: { mark: x }' }), bench),
    );
    await started;
    assert.deepEqual(changes, ['~ receivers.test']);
    assert.deepEqual(bench.events, ['start test/out', 'start test', 'shutdown test', 'start test']);
  });

  test('gives way to a shutdown', async (t) => {
    const { engine, reload, bench } = await start(t, yamlOf());
    const reloaded = reload(yamlOf({ receivers: 'test: { mark: x }' }));
    await engine.stop(1000);
    assert.equal(await reloaded, undefined);
    assert.equal(engine.status.state, 'stopped');
    const count = (event: string): number => bench.events.filter((one) => one === event).length;
    assert.ok(count('shutdown test') >= count('start test'));
    assert.equal(await reload(yamlOf()), undefined);
  });

  test('changes what is let in at once with the memory that there may be', async (t) => {
    const { reload, ingressBudget } = await start(t, yamlOf());
    const next = `${yamlOf()}\nbudgets: { ingress: 9MiB }`;
    assert.deepEqual(await reload(next), ['~ budgets.ingress']);
    assert.equal(ingressBudget.limit, 9 * 1024 ** 2);
  });

  test('names the keys that only a start can put in force', async (t) => {
    const { reload } = await start(t, yamlOf());
    const service = 'workers: 0, telemetry: { logs: { level: debug } }';
    assert.deepEqual(await reload(yamlOf({ service })), [
      'service.telemetry.logs: with the next start',
    ]);
    const again = await reload(yamlOf({ service }));
    assert.ok(again?.includes('service.telemetry.logs: with the next start'));
  });
});

describe('over a reload', () => {
  test('what is being sent is finished once, and what waits is sent by the new graph', async (t) => {
    const bench = createTestBench();
    let release: (() => void) | undefined;
    bench.answer = () =>
      new Promise((resolve) => {
        release = () => {
          resolve({ kind: 'delivered' });
        };
      });
    const one = 'test/out: { sending_queue: { num_consumers: 1 } }';
    const { reload, send, engine } = await start(t, yamlOf({ exporters: one }), bench);
    await send('test', 'a');
    await until(() => release !== undefined);
    await send('test', 'b');
    await reload(yamlOf({ exporters: 'test/out: { sending_queue: { num_consumers: 2 } }' }));
    assert.equal(bench.sent.get('test/out'), undefined);
    bench.answer = () => ({ kind: 'delivered' });
    await send('test', 'c');
    release?.();
    await until(() => bench.sent.get('test/out')?.length === 3);
    await engine.stop(1000);
    assert.deepEqual(bench.sent.get('test/out'), ['a', 'b', 'c']);
  });

  test('a source that can replay is told to wait for what a renamed pipeline has in memory', async (t) => {
    const bench = createTestBench();
    let isDown = true;
    bench.answer = () =>
      isDown ? { kind: 'retryable', cause: 'network', message: 'down' } : { kind: 'delivered' };
    const exporters = 'test/out: { retry_on_failure: { initial_interval: 1ms } }';
    const named = (pipeline: string): string =>
      yamlOf({ exporters, pipelines: `${pipeline}: { receivers: [test], exporters: [test/out] }` });
    const { reload, send } = await start(t, named('traces'), bench);
    await send('test', 'a');
    await reload(named('traces/renamed'));
    const settled = bench.ingress.get('test')?.settled('traces');
    const order: string[] = [];
    void settled?.then(() => order.push('settled'));
    await new Promise((resolve) => setImmediate(resolve));
    order.push('sink is up');
    isDown = false;
    await until(() => order.includes('settled'));
    assert.deepEqual(order, ['sink is up', 'settled']);
    assert.ok(bench.sent.get('test/out')?.includes('a'));
  });

  test('an exporter that is taken away delivers what it has in memory, and another starts with what comes', async (t) => {
    const bench = createTestBench();
    const exporters = 'test/old: { retry_on_failure: { initial_interval: 1ms } }, test/new:';
    const withExporter = (id: string): string =>
      yamlOf({ exporters, pipelines: `traces: { receivers: [test], exporters: [${id}] }` });
    let isDown = true;
    bench.answer = (id) =>
      id === 'test/old' && isDown
        ? { kind: 'retryable', cause: 'network', message: 'down' }
        : { kind: 'delivered' };
    const { reload, send, engine, metrics } = await start(t, withExporter('test/old'), bench);
    await send('test', 'a');
    await reload(withExporter('test/new'));
    isDown = false;
    await send('test', 'b');
    await until(() => bench.sent.get('test/old') !== undefined);
    await engine.stop(1000);
    assert.deepEqual(bench.sent.get('test/new'), ['b']);
    assert.ok(bench.sent.get('test/old')?.includes('a'));
    const labels = { pipeline: 'traces', exporter: 'test/new' };
    assert.equal(await metrics.value('weir_skipped_items_total', labels), 1);
  });

  test('a hundred times under load, nothing is lost or sent twice, and every scrape balances', async (t) => {
    const bench = createTestBench();
    bench.answer = async () => {
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 3));
      return { kind: 'delivered' };
    };
    const yamls = ['test_action:', 'test_action: { mark: x }'].flatMap((processors) =>
      ['test/out:', 'test/out: { sending_queue: { num_consumers: 2 } }'].map((exporters) =>
        yamlOf({ processors, exporters, service: 'workers: 0' }),
      ),
    );
    const { reload, send, engine, metrics } = await start(t, yamls[0] ?? '', bench);
    const acknowledged: string[] = [];
    let isLoading = true;
    const load = async (client: number): Promise<void> => {
      for (let request = 0; isLoading; request += 1) {
        const name = `${client}-${request}`;
        if ((await send('test', name)).kind === 'accepted') acknowledged.push(name);
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
    };
    const clients = [1, 2, 3, 4].map(load);
    const scrape = async (): Promise<void> => {
      while (isLoading) {
        // A scrape is a turn of its own: nothing else is half done then.
        await new Promise((resolve) => setTimeout(resolve, 3));
        assertBalanced(await metrics.render());
      }
    };
    const scraping = scrape();
    for (let round = 1; round <= 100; round += 1) {
      const reloaded = reload(yamls[round % yamls.length] ?? '');
      await until(() => acknowledged.length > 3 * round);
      await reloaded;
    }
    isLoading = false;
    await Promise.all([...clients, scraping]);
    await until(() => bench.sent.get('test/out')?.length === acknowledged.length);
    assertBalanced(await metrics.render());
    await engine.stop(1000);
    assert.deepEqual(bench.sent.get('test/out')?.sort(), acknowledged.sort());
    assert.ok(acknowledged.length > 300);
  });
});

/** Checks the ledger of `traces` and its one exporter on a scrape. */
function assertBalanced(text: string): void {
  const sums = sumUp(text, 'pipeline').get('traces') ?? {};
  const of = (name: string): number => sums[`weir_${name}`] ?? 0;
  assert.equal(
    of('received_items_total'),
    of('refused_items_total') + of('filtered_items_total') + of('appended_items_total'),
  );
  assert.equal(
    of('recovered_items_total') + of('appended_items_total'),
    of('delivered_items_total') +
      of('dropped_items_total') +
      of('skipped_items_total') +
      of('backlog_items'),
  );
}
