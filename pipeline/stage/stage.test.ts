import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import { describe, test } from 'node:test';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { spanNames, spanRequest } from '../../test/support/span-request.ts';
import { testParts } from '../../test/support/test-parts.ts';
import type { IngressRequest } from '../component/receiver.ts';
import { systemClock } from '../telemetry/clock.ts';
import type { CounterDelta } from './counters.ts';
import { createInlinePool } from './inline-pool.ts';
import { createDeliveryJobs } from './jobs.ts';
import type { TaskPool } from './pool.ts';
import { allocateSharedTable } from './shared-table.ts';
import { tableKey } from './spec.ts';
import type { PartSpec, StageSpec } from './spec.ts';
import { createStage } from './stage.ts';
import type { Stage, StageSink } from './stage.ts';
import { createTaskRunner } from './task-runner.ts';
import type { StageAnswer } from './task.ts';
import { createThreadPool } from './thread-pool.ts';

const entry = fileURLToPath(new URL('../../test/support/test-worker.js', import.meta.url));

function part(part: PartSpec['part'], type: string, config: unknown = {}): PartSpec {
  return { part, type, id: type, config, prepared: undefined };
}

function specOf(parts: readonly PartSpec[]): StageSpec {
  return {
    chains: [{ pipeline: 'traces', signal: 'traces', parts }],
    encoders: [{ signal: 'traces', part: part('encode', 'test_encoding') }],
    tables: new Map([[tableKey('test_table', 'claims'), allocateSharedTable(64)]]),
  };
}

interface Harness {
  readonly stage: Stage;
  readonly pool: TaskPool;
  readonly answers: StageAnswer[];
  readonly refused: Record<string, number>;
  readonly counters: CounterDelta[];
  readonly deaths: string[];
  /** Names of the spans that came through. */
  readonly names: () => string[];
}

interface HarnessOptions {
  readonly parts?: readonly PartSpec[];
  readonly threads: number;
  readonly taskLimitMs?: number;
  readonly commit?: StageSink['commit'];
}

async function createHarness(t: TestContext, options: HarnessOptions): Promise<Harness> {
  const spec = specOf(options.parts ?? [part('transform', 'test_action')]);
  const deaths: string[] = [];
  const pool =
    options.threads === 0
      ? createInlinePool(await createTaskRunner(spec, testParts))
      : createThreadPool({
          entry,
          spec,
          threads: options.threads,
          heapMiB: 64,
          taskLimitMs: options.taskLimitMs ?? 20_000,
          clock: systemClock,
          onWorkerDeath: (cause) => deaths.push(cause),
        });
  await pool.start();
  t.after(() => pool.close());
  const answers: StageAnswer[] = [];
  const refused: Record<string, number> = {};
  const counters: CounterDelta[] = [];
  const stage = createStage({
    chain: 0,
    pool,
    onCounters: (deltas) => counters.push(...deltas),
    sink: {
      commit: (answer, requests) => {
        answers.push(answer);
        return options.commit?.(answer, requests) ?? Promise.resolve(undefined);
      },
      refuse: (reason, requests) => {
        refused[reason] = (refused[reason] ?? 0) + requests;
      },
    },
  });
  const names = (): string[] => answers.flatMap((answer) => spanNames(answer.bytes));
  return { stage, pool, answers, refused, counters, deaths, names };
}

function request(body: Uint8Array, extra: Partial<IngressRequest> = {}): IngressRequest {
  return {
    signal: 'traces',
    body,
    encoding: 'protobuf',
    compression: 'identity',
    maxBytes: 1e6,
    stamps: [],
    ...extra,
  };
}

async function send(stage: Stage, ...names: string[]): Promise<string> {
  return (await stage.consume(request(spanRequest(names)))).verdict.kind;
}

for (const threads of [0, 1]) {
  describe(`a stage with ${threads} workers`, () => {
    test('runs its transforms and gives every request its own verdict', async (t) => {
      const { stage, names, refused } = await createHarness(t, { threads });
      const results = await Promise.all([
        send(stage, 'a', 'drop', 'b'),
        stage.consume(request(Buffer.from('not protobuf'))).then(({ verdict }) => verdict.kind),
        send(stage, 'c'),
        send(stage, 'd', 'throw'),
      ]);
      assert.deepEqual(results, ['accepted', 'invalid', 'accepted', 'invalid']);
      assert.deepEqual(names(), ['a', 'b', 'c']);
      assert.deepEqual(refused, { malformed: 1, unprocessable: 1 });
    });

    test('says nothing of what a component threw: it may quote the content', async (t) => {
      const { stage } = await createHarness(t, { threads });
      const { verdict } = await stage.consume(request(spanRequest(['throw'])));
      assert.deepEqual(verdict, { kind: 'invalid', message: 'the request is unprocessable' });
    });

    test('counts what comes in, what is dropped and by whom, and what fails', async (t) => {
      const { stage, answers } = await createHarness(t, {
        threads,
        parts: [part('transform', 'test_action'), part('transform', 'test_sampler')],
      });
      await send(stage, 'a', 'drop', 'block', 'sample', 'b');
      await send(stage, 'throw', 'a');
      const [answer, failed] = answers;
      assert.deepEqual([answer?.received, answer?.items], [[5], 2]);
      assert.deepEqual(answer?.drops, [
        { component: 'test_action', reason: 'filtered', items: 1 },
        { component: 'test_action', reason: 'blocked', items: 1 },
        { component: 'test_sampler', reason: 'sampled_out', items: 1 },
      ]);
      assert.deepEqual([failed?.received, failed?.unprocessable, failed?.items], [[2], 2, 0]);
    });

    test('forgets what a failed request counted, and keeps its neighbours', async (t) => {
      const { stage, counters } = await createHarness(t, { threads });
      await Promise.all([send(stage, 'a', 'b'), send(stage, 'c', 'throw')]);
      const total = counters.reduce((sum, { value }) => sum + value, 0);
      assert.equal(total, 2);
      assert.deepEqual(
        [counters[0]?.kind, counters[0]?.component, counters[0]?.labels],
        ['processor', 'test_action', { name: 'seen' }],
      );
    });

    test('says of its bytes whether the log may keep them: never of those a request came in', async (t) => {
      const { stage, answers } = await createHarness(t, { threads });
      const bodies = [
        request(spanRequest(['a'])),
        request(spanRequest(['a', 'drop'])),
        request(spanRequest(['a', 'bad'])),
        request(gzipSync(spanRequest(['a'])), { compression: 'gzip' }),
        request(spanRequest(['a']), { stamps: [{ key: 'stamp', value: 'x' }] }),
      ];
      for (const body of bodies) await stage.consume(body);
      const own = answers.map(({ isExclusive = false }) => isExclusive);
      assert.deepEqual(own, [threads > 0, true, true, true, true]);
      const isShared = answers.map(({ bytes }, at) => bytes.buffer === bodies[at]?.body.buffer);
      assert.deepEqual(isShared, [threads === 0, false, false, false, false]);
    });

    test('refuses single spans that break the rules of the wire, and says how many', async (t) => {
      const { stage, names, answers } = await createHarness(t, { threads });
      const { verdict } = await stage.consume(request(spanRequest(['a', 'bad'])));
      assert.equal(verdict.kind, 'accepted');
      assert.equal(verdict.rejectedItems, 1);
      assert.deepEqual([names(), answers[0]?.invalid], [['a'], 1]);
    });

    test('inflates, and stops at the limit', async (t) => {
      const { stage, names, refused } = await createHarness(t, { threads });
      const body = gzipSync(spanRequest(['a'.repeat(5000)]));
      const form = { compression: 'gzip' } as const;
      const taken = await stage.consume(request(body, { ...form, maxBytes: 6000 }));
      const bomb = await stage.consume(request(body, { ...form, maxBytes: 4000 }));
      const corrupt = await stage.consume(request(Buffer.from('gzip'), form));
      assert.deepEqual(
        [taken, bomb, corrupt].map(({ verdict }) => verdict.kind),
        ['accepted', 'too_large', 'invalid'],
      );
      assert.equal(names()[0]?.length, 5000);
      assert.deepEqual(refused, { too_large: 1, malformed: 1 });
    });

    test('refuses an uncompressed body over the limit without running it', async (t) => {
      const { stage, answers } = await createHarness(t, { threads });
      const { verdict } = await stage.consume(request(spanRequest(['a']), { maxBytes: 10 }));
      assert.equal(verdict.kind, 'too_large');
      assert.equal(answers.length, 0);
    });

    test('decodes OTLP/JSON and stamps what the receiver knows on the resource', async (t) => {
      const { stage, answers } = await createHarness(t, { threads });
      const span = { traceId: '11'.repeat(16), spanId: '22'.repeat(8), name: 'json' };
      const json = JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] });
      const { verdict } = await stage.consume(
        request(Buffer.from(json), {
          encoding: 'json',
          stamps: [{ key: 'tenant', value: 'acme' }],
        }),
      );
      assert.equal(verdict.kind, 'accepted');
      const bytes = Buffer.from(answers[0]?.bytes ?? []);
      assert.deepEqual(spanNames(bytes), ['json']);
      assert.ok(bytes.includes('tenant') && bytes.includes('acme'));
    });

    test('hands on a summary for each request that came through', async (t) => {
      const { stage, answers } = await createHarness(t, {
        threads,
        parts: [part('transform', 'test_action'), part('map', 'test_count')],
      });
      await send(stage, 'a', 'drop', 'b');
      await send(stage, 'drop');
      assert.deepEqual(answers[0]?.summaries, [{ component: 'test_count', summary: 2 }]);
      assert.deepEqual([answers[1]?.items, answers[1]?.summaries], [0, undefined]);
    });

    test('tells every client what the store said', async (t) => {
      const refusal = { kind: 'unavailable', message: 'full', retryAfterMs: 1 } as const;
      const { stage } = await createHarness(t, {
        threads,
        commit: () => Promise.resolve(refusal),
      });
      const results = await Promise.all([send(stage, 'a'), send(stage, 'throw')]);
      assert.deepEqual(results, ['unavailable', 'invalid']);
      assert.equal(stage.pending, 0);
    });

    test('lets a table be shared by everything that claims from it', async (t) => {
      const { stage, names } = await createHarness(t, {
        threads,
        parts: [part('transform', 'test_table')],
      });
      await send(stage, 'a', 'b');
      assert.deepEqual(names(), ['a', 'b']);
    });

    test('encodes slices and cuts them in two by items', async (t) => {
      const { pool } = await createHarness(t, { threads });
      const jobs = createDeliveryJobs(pool, () => undefined);
      const slice = { signal: 'traces', bytes: spanRequest(['a', 'b', 'c']), items: 3 } as const;
      const payloads = await jobs.encode(0, slice);
      assert.deepEqual(
        payloads.map(({ body, route }) => [Buffer.from(body).toString(), route]),
        [
          ['a', 'a'],
          ['b', 'b'],
          ['c', 'c'],
        ],
      );
      const halves = await jobs.split(slice);
      assert.deepEqual(
        halves.map(({ bytes, items }) => [spanNames(bytes), items]),
        [
          [['a', 'b'], 2],
          [['c'], 1],
        ],
      );
      assert.deepEqual(await jobs.split({ ...slice, bytes: spanRequest(['a']) }), []);
      assert.deepEqual(spanNames(slice.bytes), ['a', 'b', 'c']);
    });

    test('rejects where an encoder throws', async (t) => {
      const { pool } = await createHarness(t, { threads });
      const jobs = createDeliveryJobs(pool, () => undefined);
      const slice = { signal: 'traces', bytes: spanRequest(['throw']), items: 1 } as const;
      await assert.rejects(jobs.encode(0, slice));
    });
  });
}

describe('a stage whose worker dies', () => {
  for (const [poison, cause] of [
    ['exit', 'crash'],
    ['oom', 'crash'],
    ['hang', 'timeout'],
  ] as const) {
    test(`refuses the request that kills it (${poison}) and takes its neighbours`, async (t) => {
      const { stage, names, refused, deaths } = await createHarness(t, {
        threads: 1,
        taskLimitMs: poison === 'hang' ? 1000 : 20_000,
      });
      const results = await Promise.all([
        send(stage, 'a'),
        send(stage, poison),
        send(stage, 'b', 'c'),
      ]);
      assert.deepEqual(results, ['accepted', 'invalid', 'accepted']);
      assert.deepEqual(names().sort(), ['a', 'b', 'c']);
      assert.deepEqual(refused, { unprocessable: 1 });
      assert.deepEqual(new Set(deaths), new Set([cause]));
      assert.equal(await send(stage, 'd'), 'accepted');
    });
  }

  test('rejects a slice whose encoding kills the worker twice', async (t) => {
    const { pool, deaths } = await createHarness(t, { threads: 1 });
    const jobs = createDeliveryJobs(pool, () => undefined);
    const slice = { signal: 'traces', bytes: spanRequest(['exit']), items: 1 } as const;
    await assert.rejects(jobs.encode(0, slice));
    assert.equal(deaths.length, 2);
  });

  test('answers what still waits when the pool closes', async (t) => {
    const { stage, pool } = await createHarness(t, { threads: 1 });
    const results = Promise.all([send(stage, 'hang'), send(stage, 'a')]);
    setTimeout(() => void pool.close(), 50);
    const kinds = await results;
    assert.ok(kinds.every((kind) => kind === 'unavailable'));
  });
});

test('requests that wait for a worker are gathered into one task', async (t) => {
  const { stage, answers } = await createHarness(t, { threads: 1 });
  const names = Array.from({ length: 50 }, (_, index) => `span ${index}`);
  await Promise.all(names.map((name) => send(stage, name)));
  assert.ok(answers.length < 10, `${answers.length} tasks`);
  assert.deepEqual(
    answers.flatMap((answer) => spanNames(answer.bytes)),
    names,
  );
});

test('a pool whose workers cannot be loaded fails to start', async () => {
  const pool = createThreadPool({
    entry: '/nowhere/worker.js',
    spec: specOf([]),
    threads: 1,
    taskLimitMs: 1000,
    clock: systemClock,
    onWorkerDeath: () => undefined,
  });
  await assert.rejects(pool.start(), /failed to start the workers/);
});
