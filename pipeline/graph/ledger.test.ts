import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Outcome } from '../component/outcome.ts';
import { createTestBench } from '../../test/support/test-components.ts';
import { sumUp } from '../../test/support/sum-up.ts';
import { buildTestEngine } from '../../test/support/test-engine.ts';

/** Checks both equations of docs/contract.md §5 on one scrape. */
function assertBalanced(text: string): void {
  const pipelines = sumUp(text, 'pipeline');
  for (const [pipeline, sums] of pipelines) {
    const out =
      (sums['weir_refused_items_total'] ?? 0) +
      (sums['weir_filtered_items_total'] ?? 0) +
      (sums['weir_sampled_out_items_total'] ?? 0) +
      (sums['weir_appended_items_total'] ?? 0);
    assert.equal(sums['weir_received_items_total'] ?? 0, out, `pipeline ${pipeline}`);
  }
  for (const [exporter, sums] of sumUp(text, 'exporter')) {
    const settled =
      (sums['weir_delivered_items_total'] ?? 0) +
      (sums['weir_dropped_items_total'] ?? 0) +
      (sums['weir_backlog_items'] ?? 0);
    // Every exporter of this test has one pipeline of its own name.
    const appended = pipelines.get(`traces/${exporter.split('/')[1] ?? ''}`);
    assert.equal(appended?.['weir_appended_items_total'] ?? 0, settled, `exporter ${exporter}`);
  }
}

const yaml = `
receivers: { test: }
processors: { test_action: , test_sampler: }
exporters:
  test/refuse:
    timeout: 20ms
    retry_on_failure: { initial_interval: 1ms, max_interval: 2ms, max_elapsed_time: 15ms }
    sending_queue: { queue_size: 12, sizer: items, num_consumers: 2, on_full: refuse }
  test/drop:
    retry_on_failure: { enabled: false }
    sending_queue: { queue_size: 9, sizer: items, on_full: drop_oldest, batch: { min_size: 3, max_size: 6, flush_timeout: 1ms } }
service:
  workers: 0
  pipelines:
    traces/refuse: { receivers: [test], processors: [test_action, test_sampler], exporters: [test/refuse] }
    traces/drop: { receivers: [test], processors: [test_sampler], exporters: [test/drop] }
`;

const outcome = fc.oneof(
  fc.constant<Outcome>({ kind: 'delivered' }),
  fc.constant<Outcome>({ kind: 'retryable', cause: 'busy', message: 'later' }),
  fc.constant<Outcome>({ kind: 'rejected', message: 'never' }),
  fc.constant<Outcome>({ kind: 'too_large', message: 'too large' }),
  fc.constant<Outcome>({ kind: 'partial', rejectedItems: 1, message: 'one is bad' }),
  fc.constant('throw' as const),
  fc.constant('hang' as const),
);
const name = fc.constantFrom('a', 'b', 'drop', 'block', 'sample', 'bad', 'throw');
const requests = fc.array(fc.array(name, { maxLength: 6 }), { maxLength: 12 });

test('the ledger balances at every scrape, whatever comes in and whatever sinks answer', async () => {
  await fc.assert(
    fc.asyncProperty(requests, fc.array(outcome, { maxLength: 20 }), async (sent, outcomes) => {
      const bench = createTestBench();
      const answers = [...outcomes];
      bench.answer = () => {
        const answer = answers.shift() ?? { kind: 'delivered' };
        if (answer === 'throw') throw new Error('bug');
        return answer === 'hang' ? new Promise(() => undefined) : answer;
      };
      const { engine, metrics, send } = await buildTestEngine(yaml, bench);
      await engine.start();
      for (const names of sent) {
        const verdict = send('test', ...names);
        // A scrape is a turn of the event loop of its own.
        await new Promise(setImmediate);
        assertBalanced(await metrics.render());
        await verdict;
      }
      await new Promise((resolve) => setTimeout(resolve, 3));
      assertBalanced(await metrics.render());
      await engine.stop(40);
      const text = await metrics.render();
      assertBalanced(text);
      for (const sums of sumUp(text, 'exporter').values()) {
        assert.equal(sums['weir_backlog_items'] ?? 0, 0);
      }
    }),
    { numRuns: 40 },
  );
});

test('the check of the ledger itself can fail', () => {
  const received = 'weir_received_items_total{pipeline="traces/a"} 3\n';
  assert.throws(() => {
    assertBalanced(received);
  });
  assertBalanced(`${received}weir_appended_items_total{pipeline="traces/a",log="out"} 3\n`);
});
