import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { describe, test } from 'node:test';
import type { Clock, Logger } from '../component/context.ts';
import { parseEndpoint } from './endpoint.ts';
import { openLogger } from './logger.ts';
import { createMetricsPages } from './metrics-page.ts';
import { startMetricsServer } from './metrics-server.ts';
import { createOwnMetrics } from './own-metrics.ts';

interface Capture {
  readonly stream: Writable;
  text(): string;
  lines(): Record<string, unknown>[];
}

function createCapture(): Capture {
  let text = '';
  const stream = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      text += chunk.toString();
      done();
    },
  });
  return {
    stream,
    text: () => text,
    lines: () =>
      text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Record<string, unknown>),
  };
}

interface TestLog {
  readonly logger: Logger;
  readonly output: Capture;
  readonly advance: (ms: number) => void;
}

async function openTestLog(encoding: 'json' | 'console' = 'json'): Promise<TestLog> {
  let nowMs = 0;
  const clock: Clock = {
    now: () => nowMs,
    monotonic: () => nowMs,
    sleep: () => Promise.resolve(),
  };
  const output = createCapture();
  const logs = { level: 'info', encoding } as const;
  const logger = await openLogger({ logs, clock, output: output.stream, color: false });
  return { logger, output, advance: (ms) => (nowMs += ms) };
}

describe('the logger', () => {
  test('writes JSON with level, message, fields and those of its ancestors', async () => {
    const { logger, output } = await openTestLog();
    logger.child({ exporter: 'otlp' }).warn('the sink refused', { status: 503 });
    const line = output.lines()[0] ?? {};
    assert.equal(line['level'], 'warn');
    assert.equal(line['message'], 'the sink refused');
    assert.equal(line['exporter'], 'otlp');
    assert.equal(line['status'], 503);
    assert.match(String(line['time']), /^\d{4}-\d\d-\d\dT/);
  });

  test('leaves out lines below its level', async () => {
    const { logger, output } = await openTestLog();
    logger.debug('too fine');
    assert.equal(output.text(), '');
  });

  test('writes ten lines of a message in ten seconds and then says how many it left out', async () => {
    const { logger, output, advance } = await openTestLog();
    for (let index = 0; index < 25; index++) logger.warn('again');
    logger.warn('another');
    assert.equal(output.lines().length, 11);
    advance(10_000);
    logger.warn('again');
    assert.equal(output.lines().at(-1)?.['left_out'], 15);
  });

  test('writes a readable line where the encoding is console', async () => {
    const { logger, output } = await openTestLog('console');
    logger.info('ready', { workers: 1 });
    assert.match(output.text(), /INFO.*ready.*"workers":1/);
  });
});

describe('own metrics', () => {
  test('render counters of the table and of components, each with its id as a label', async () => {
    const metrics = createOwnMetrics({ ofProcess: false });
    metrics.count('weir_received_items_total', { pipeline: 'traces' }, 3);
    const meter = metrics.meter('processor', 'redaction/strict', {
      weir_redaction_values_total: { type: 'counter', help: 'Values.', labels: ['entity'] },
    });
    meter.count('weir_redaction_values_total', { entity: 'EMAIL' }, 2);
    const text = await metrics.render();
    assert.match(text, /weir_received_items_total\{pipeline="traces"\} 3/);
    assert.match(
      text,
      /weir_redaction_values_total\{(?=.*entity="EMAIL")(?=.*processor="redaction\/strict").*\} 2/,
    );
  });

  test('two instances of a type share a metric', async () => {
    const metrics = createOwnMetrics({ ofProcess: false });
    const declarations = { weir_x_total: { type: 'counter', help: 'X.', labels: [] } } as const;
    metrics.meter('exporter', 'a', declarations).count('weir_x_total');
    metrics.meter('exporter', 'b', declarations).count('weir_x_total', {}, 4);
    const text = await metrics.render();
    assert.match(text, /weir_x_total\{exporter="a"\} 1\n/);
    assert.match(text, /weir_x_total\{exporter="b"\} 4\n/);
  });

  test('a watched gauge is read at each scrape and gone once it is no longer watched', async () => {
    const metrics = createOwnMetrics({ ofProcess: false });
    let bytes = 5;
    const forget = metrics.watch('weir_reserved_bytes', () => [{ labels: {}, value: bytes }]);
    assert.match(await metrics.render(), /^weir_reserved_bytes 5$/m);
    bytes = 6;
    assert.match(await metrics.render(), /^weir_reserved_bytes 6$/m);
    forget();
    assert.doesNotMatch(await metrics.render(), /^weir_reserved_bytes 6$/m);
  });

  test('label values without end are counted under other', async () => {
    const metrics = createOwnMetrics({ ofProcess: false });
    const meter = metrics.meter('processor', 'p', {
      weir_y_total: { type: 'counter', help: 'Y.', labels: ['kind'] },
    });
    for (let index = 0; index < 2500; index++) {
      meter.count('weir_y_total', { kind: String(index) });
    }
    assert.match(await metrics.render(), /weir_y_total\{(?=.*kind="other").*\} 500/);
  });

  test('an instance keeps its id where its other labels are counted under other', async () => {
    const metrics = createOwnMetrics({ ofProcess: false });
    const declarations = {
      weir_z_total: { type: 'counter', help: 'Z.', labels: ['kind'] },
    } as const;
    for (const id of ['a', 'b']) {
      const meter = metrics.meter('processor', id, declarations);
      for (let index = 0; index < 1500; index++) {
        meter.count('weir_z_total', { kind: String(index) });
      }
    }
    assert.match(
      await metrics.render(),
      /weir_z_total\{(?=.*kind="other")(?=.*processor="b").*\} 1000/,
    );
  });

  test('a counter that was resolved once is the one that is counted by name, and stands at 0 first', async () => {
    const metrics = createOwnMetrics({ ofProcess: false });
    const labels = { pipeline: 'traces' };
    const counter = metrics.counter('weir_received_items_total', labels);
    assert.match(await metrics.render(), /weir_received_items_total\{pipeline="traces"\} 0\n/);
    counter.add(2);
    metrics.count('weir_received_items_total', labels, 3);
    for (let scrape = 0; scrape < 2; scrape++) {
      assert.match(await metrics.render(), /weir_received_items_total\{pipeline="traces"\} 5\n/);
    }
    assert.equal(await metrics.value('weir_received_items_total', labels), 5);
  });

  test('an undeclared metric or label, and what is no growth, are errors', () => {
    const metrics = createOwnMetrics({ ofProcess: false });
    const declarations = { weir_w_total: { type: 'counter', help: 'W.', labels: [] } } as const;
    const meter = metrics.meter('receiver', 'otlp', declarations);
    assert.throws(() => {
      meter.count('weir_nothing_total');
    }, /not declared/);
    assert.throws(() => {
      meter.count('weir_w_total', { kind: 'x' });
    }, /not declared/);
    for (const value of [-1, NaN, Infinity]) {
      assert.throws(() => {
        meter.count('weir_w_total', {}, value);
      }, RangeError);
    }
  });
});

describe('the metrics server', () => {
  test('serves /metrics and nothing else, and names the key where its port is taken', async (t) => {
    const { own } = createMetricsPages(createOwnMetrics({ ofProcess: true }));
    assert.ok(own);
    const server = await startMetricsServer('127.0.0.1:0', own);
    t.after(() => server.close());
    const url = `http://127.0.0.1:${server.port}`;
    const answer = await fetch(`${url}/metrics`);
    assert.match(answer.headers.get('content-type') ?? '', /^text\/plain/);
    assert.match(await answer.text(), /process_cpu_user_seconds_total/);
    assert.equal((await fetch(`${url}/`)).status, 404);
    await assert.rejects(
      startMetricsServer(`127.0.0.1:${server.port}`, own),
      /is already in use; stop what listens there.*service\.telemetry\.metrics/,
    );
  });
});

test('an endpoint is split at its last colon', () => {
  assert.deepEqual(parseEndpoint('localhost:80'), { host: '127.0.0.1', port: 80 });
  assert.deepEqual(parseEndpoint('[::1]:80'), { host: '::1', port: 80 });
  assert.deepEqual(parseEndpoint(':80'), { host: '0.0.0.0', port: 80 });
  assert.throws(() => parseEndpoint('localhost'), /not host:port/);
});
