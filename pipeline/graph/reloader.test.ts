import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createRecordingContext } from '../../test/support/component-context.ts';
import { createTestBench } from '../../test/support/test-components.ts';
import { loadTestConfig } from '../../test/support/test-engine.ts';
import type { Config } from '../config/config.ts';
import type { LoadResult } from '../config/load.ts';
import { systemClock } from '../telemetry/clock.ts';
import { createOwnMetrics } from '../telemetry/own-metrics.ts';
import type { OwnMetrics } from '../telemetry/own-metrics.ts';
import { createReloader } from './reloader.ts';
import type { Reloader, ReloaderOptions } from './reloader.ts';

const bench = createTestBench();

function configOf(mark: string, comment = ''): Promise<Config> {
  return loadTestConfig(
    `${comment}{ receivers: { test: { mark: ${mark} } }, exporters: { test: }, service: { pipelines: { traces: { receivers: [test], exporters: [test] } } } }`,
    bench,
  );
}

const initial = await configOf('x');

interface Harness {
  readonly reloader: Reloader;
  readonly metrics: OwnMetrics;
  readonly swaps: Config[];
  readonly lines: { level: string; message: string }[];
}

function createHarness(
  load: () => LoadResult | Promise<LoadResult>,
  overrides: Partial<ReloaderOptions> = {},
): Harness {
  const metrics = createOwnMetrics({ ofProcess: false });
  const { logger, lines } = createRecordingContext('test');
  const swaps: Config[] = [];
  let current = initial;
  const reloader = createReloader({
    load: async () => load(),
    swap: (config) => {
      swaps.push(config);
      current = config;
      return Promise.resolve(['~ receivers.test']);
    },
    current: () => current,
    metrics,
    clock: systemClock,
    logger,
    ...overrides,
  });
  return { reloader, metrics, swaps, lines };
}

const loaded = async (config: Promise<Config>): Promise<LoadResult> => ({
  ok: true,
  config: await config,
  warnings: [],
});

const wrong: LoadResult = {
  ok: false,
  diagnostics: [
    {
      severity: 'error',
      code: 'unknown_key',
      path: 'receivers.test.marc',
      message: 'unknown key',
      position: { file: 'config.yaml', line: 3, column: 7 },
      suggestion: 'mark',
    },
  ],
};

describe('the reloader', () => {
  test('tells the warnings of what it has put in force', async () => {
    const { reloader, lines } = createHarness(async () => ({
      ok: true,
      config: await configOf('y'),
      warnings: (['warning', 'info'] as const).map((severity) => ({
        severity,
        code: 'cycle',
        path: 'exporters.test',
        message: `this is ${severity}`,
        position: { file: 'config.yaml', line: 1, column: 1 },
      })),
    }));
    await reloader.reload('file');
    assert.deepEqual(
      lines.filter(({ level }) => level === 'warn').map(({ message }) => message),
      ['this is warning'],
    );
  });

  test('swaps nothing for a file that says the same in other words', async () => {
    const { reloader, swaps } = createHarness(() => loaded(configOf('x', '# a comment\n')));
    assert.deepEqual(await reloader.reload('file'), { outcome: 'unchanged' });
    assert.equal(swaps.length, 0);
  });

  test('swaps for who asks, though nothing changed: components may read anew', async () => {
    const { reloader, swaps } = createHarness(() => loaded(configOf('x')));
    const result = await reloader.reload('signal');
    assert.deepEqual(result, { outcome: 'reloaded', changes: ['~ receivers.test'] });
    assert.equal(swaps.length, 1);
  });

  test('does once, after the one under way, what is asked for in the meantime', async () => {
    let loads = 0;
    const { reloader, swaps } = createHarness(() => {
      loads += 1;
      return loaded(configOf(`m${loads}`));
    });
    const first = reloader.reload('request');
    await Promise.resolve();
    const [second, third] = [reloader.reload('file'), reloader.reload('signal')];
    assert.equal(second, third);
    await Promise.all([first, second]);
    assert.equal(swaps.length, 2);
    await reloader.reload('request');
    assert.equal(swaps.length, 3);
  });

  test('says what is wrong and where, until the configuration is in order again', async () => {
    let next: LoadResult = wrong;
    const { reloader, metrics, lines } = createHarness(() => next);
    assert.equal((await reloader.reload('file')).outcome, 'invalid');
    assert.equal(
      reloader.last?.problem,
      'config.yaml:3:7: receivers.test.marc: unknown key; did you mean "mark"?',
    );
    assert.ok(lines.some(({ message }) => message === 'config.yaml:3:7: unknown key'));
    assert.match(await metrics.render(), /^weir_config_last_reload_successful 0$/m);
    next = await loaded(configOf('x'));
    assert.equal((await reloader.reload('file')).outcome, 'unchanged');
    assert.equal(reloader.last.problem, undefined);
    assert.match(await metrics.render(), /^weir_config_last_reload_successful 1$/m);
    assert.equal(await metrics.value('weir_config_reloads_total', { outcome: 'invalid' }), 1);
  });

  test('never rejects: what cannot be built, or not be read, is an outcome', async () => {
    const unbuilt = createHarness(() => loaded(configOf('y')), {
      swap: () => Promise.reject(new Error('failed to start receiver "test": no')),
    });
    assert.deepEqual(await unbuilt.reloader.reload('request'), {
      outcome: 'failed',
      message: 'failed to start receiver "test": no',
    });
    const unread = createHarness(() => Promise.reject(new Error('no memory')));
    assert.equal((await unread.reloader.reload('request')).outcome, 'failed');
    const stopping = createHarness(() => loaded(configOf('y')), {
      swap: () => Promise.resolve(undefined),
    });
    assert.equal((await stopping.reloader.reload('request')).outcome, 'stopping');
  });
});
