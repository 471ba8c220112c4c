import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import {
  sendSql,
  skipWithoutStore,
  startStoreUnderTest,
} from '../../test/support/embedded-store.ts';
import type { StoreUnderTest } from '../../test/support/embedded-store.ts';
import { createEncode } from '../../exporters/clickhouse/clickhouse.worker.ts';
import { clickhouseExporter } from '../../exporters/clickhouse/factory.ts';
import { createBatchReader } from '../../pipeline/batch/batch-reader.ts';
import { createKeys } from '../../pipeline/batch/create-keys.ts';
import { delivered } from '../../pipeline/component/outcome.ts';
import { decodeJson } from '../../pipeline/otlp/decode-json.ts';
import { createRecordingContext } from '../../test/support/component-context.ts';
import { CommandFailure, exitCodes } from './exit-code.ts';
import { exampleQueries } from './query/examples.ts';
import { createQueryCommand } from './query.ts';

async function query(...args: string[]): Promise<string> {
  const printed: string[] = [];
  const output = { printData: (text: string) => printed.push(text), tell: () => undefined };
  await createQueryCommand(output).exitOverride().parseAsync(args, { from: 'user' });
  return printed.map((text) => (text.endsWith('\n') ? text : `${text}\n`)).join('');
}

function isFailure(code: number, message: RegExp) {
  return (error: unknown): true => {
    assert.ok(error instanceof CommandFailure, String(error));
    assert.equal(error.code, code);
    assert.match(error.message, message);
    return true;
  };
}

describe('weir query on an embedded store', { skip: skipWithoutStore }, () => {
  let store: StoreUnderTest;

  before(async () => {
    store = await startStoreUnderTest();
    await sendSql(
      store.connection(),
      'CREATE TABLE calls (model String, tokens Nullable(UInt32), said String) ENGINE = MergeTree ORDER BY model',
    );
    await sendSql(
      store.connection(),
      String.raw`INSERT INTO calls VALUES ('gpt-4o', 1200, 'plain'), ('ü', NULL, 'two\nlines and \x1b[31mred')`,
    );
  });

  after(() => store.remove());

  const ask = (...args: string[]): Promise<string> => query('--data-dir', store.dataDir, ...args);
  const all = 'SELECT model, tokens, said FROM calls ORDER BY model';

  it('aligns columns, numbers to the right, and shows control characters instead of printing them', async () => {
    assert.equal(
      await ask(all),
      [
        'model   tokens  said',
        '──────  ──────  ──────────────────────────',
        'gpt-4o    1200  plain',
        String.raw`ü         NULL  two\nlines and \x1b[31mred`,
        '',
      ].join('\n'),
    );
  });

  it('prints JSON and CSV for programs, whole', async () => {
    assert.deepEqual(JSON.parse(await ask('--json', all)), [
      { model: 'gpt-4o', tokens: 1200, said: 'plain' },
      { model: 'ü', tokens: null, said: 'two\nlines and \x1b[31mred' },
    ]);
    assert.equal(
      await ask('--format', 'csv', 'SELECT model, tokens FROM calls ORDER BY model LIMIT 1'),
      '"model","tokens"\n"gpt-4o",1200\n',
    );
    assert.equal(await ask('--json', `${all} LIMIT 0`), '[\n\n]\n');
  });

  it('changes nothing without --write', async () => {
    for (const sql of [
      'TRUNCATE TABLE calls',
      'DROP TABLE calls SETTINGS readonly = 0',
      'ALTER TABLE calls DELETE WHERE 1',
      'INSERT INTO calls SELECT * FROM calls',
      "INSERT INTO calls VALUES ('o1', 1, '')",
      'CREATE TABLE more (a Int8) ENGINE = Memory',
      'SET readonly = 0',
    ]) {
      await assert.rejects(
        ask(sql),
        isFailure(exitCodes.failed, /READONLY.*\nhint: .*--write/),
        sql,
      );
    }
    assert.equal(await ask('--format', 'csv', 'SELECT count() AS rows FROM calls'), '"rows"\n2\n');
    await ask('--write', 'CREATE TABLE more (a Int8) ENGINE = Memory');
    await ask('--write', 'DROP TABLE more');
  });

  it('leaves a FORMAT of the statement alone', async () => {
    assert.equal(await ask('SELECT 1 AS a, 2 AS b FORMAT TSVWithNames'), 'a\tb\n1\t2\n');
  });

  it('cuts long values in the table', async () => {
    const [, , row = ''] = (await ask("SELECT repeat('é', 500) AS long")).split('\n');
    assert.equal(row, `${'é'.repeat(99)}…`);
  });

  it('lists questions and tables where it gets no SQL', async () => {
    const text = await ask();
    assert.match(text, /cost by user and model/);
    assert.match(text, /calls +2 +\d/);
  });

  it("shows ClickHouse's error with a hint", async () => {
    await assert.rejects(
      ask('SELECT * FROM nowhere'),
      isFailure(
        exitCodes.failed,
        /^weir query: Unknown table .*nowhere.*\nhint: tables: weir query$/,
      ),
    );
  });

  it('asks a server that is named, with its credentials', async () => {
    const { url, user, password } = store.connection();
    const server = ['--endpoint', url, '--user', user];
    assert.match(await query(...server, '--password', password, 'SELECT 42'), /\n42\n$/);
    await assert.rejects(
      query(...server, '--password', 'no', 'SELECT 42'),
      isFailure(exitCodes.failed, /--password/),
    );
  });

  it('opens the files itself where the daemon has stopped, even if another store has its port now', async () => {
    const port = new URL(store.connection().url).port;
    await store.stop();
    const other = await startStoreUnderTest(`endpoint: 127.0.0.1:${port}`);
    try {
      assert.match(await ask('SELECT count() FROM calls'), /\n +2\n$/);
    } finally {
      await other.remove();
    }
    assert.match(await ask('SELECT count() FROM calls'), /\n +2\n$/);
    assert.match(await ask('SELECT sum(tokens) FROM calls'), /\n +1200\n$/);
  });
});

describe('the questions that weir query suggests', { skip: skipWithoutStore }, () => {
  let store: StoreUnderTest;

  before(async () => {
    store = await startStoreUnderTest();
    await storeSpans(store, [
      span({ name: 'chat', model: 'gpt-4o', ms: 100, input: 10, cost: 0.25, user: 'ann' }),
      span({ name: 'chat', model: 'gpt-4o', ms: 300, input: 30, cost: 0.5, user: 'ann' }),
      span({ name: 'chat', model: 'claude', ms: 200, input: 8, cost: 0.1, user: 'bob' }),
      span({ name: 'tool', ms: 7 }),
      span({ name: 'chat', model: 'gpt-4o', ms: 100, input: 9999, daysAgo: 8 }),
      span({ name: 'chat', model: 'gpt-4o', ms: 90, input: 10, status: 'duplicate' }),
      span({ name: 'agent', model: 'gpt-4o', ms: 450, input: 40, status: 'aggregate' }),
    ]);
  });

  after(() => store.remove());

  const answers = async (index: number): Promise<unknown> =>
    JSON.parse(
      await query('--data-dir', store.dataDir, '--json', exampleQueries[index]?.sql ?? ''),
    );

  it('average the tokens by model over 7 days, without what sent no usage or repeats that of others', async () => {
    assert.deepEqual(await answers(0), [
      { model: 'gpt-4o', calls: 2, input_tokens: 20, output_tokens: 5 },
      { model: 'claude', calls: 1, input_tokens: 8, output_tokens: 5 },
    ]);
  });

  it('give the 90th percentile of the latency by span name', async () => {
    assert.deepEqual(await answers(1), [
      { span: 'agent', spans: 1, p90_ms: 450 },
      { span: 'chat', spans: 5, p90_ms: 260 },
      { span: 'tool', spans: 1, p90_ms: 7 },
    ]);
  });

  it('sum the cost by user and model, exactly', async () => {
    assert.deepEqual(await answers(2), [
      { user: 'ann', model: 'gpt-4o-2024', usd: 0.75 },
      { user: 'bob', model: 'claude-2024', usd: 0.1 },
    ]);
  });
});

interface SpanSketch {
  readonly name: string;
  readonly ms: number;
  readonly model?: string;
  readonly input?: number;
  readonly cost?: number;

  readonly user?: string;
  /** Of the cost; none where absent. */
  readonly status?: string;
  readonly daysAgo?: number;
}

/** An OTLP/JSON span with the attributes that `genai` writes. */
function span({ name, ms, daysAgo = 0, ...call }: SpanSketch): object {
  const start = BigInt(Date.now() - daysAgo * 86_400_000) * 1_000_000n;
  const attributes = [
    text('gen_ai.request.model', call.model),
    text('gen_ai.response.model', call.model && `${call.model}-2024`),
    text('genai.user.id', call.user),
    text('genai.cost.status', call.status),
    call.input !== undefined && {
      key: 'gen_ai.usage.input_tokens',
      value: { intValue: call.input },
    },
    call.input !== undefined && { key: 'gen_ai.usage.output_tokens', value: { intValue: 5 } },
    call.cost !== undefined && { key: 'gen_ai.usage.cost', value: { doubleValue: call.cost } },
  ].filter((attribute) => attribute !== false);
  const times = {
    startTimeUnixNano: String(start),
    endTimeUnixNano: String(start + BigInt(ms) * 1_000_000n),
  };
  return { traceId: '1'.repeat(32), spanId: '2'.repeat(16), name, ...times, attributes };
}

function text(key: string, stringValue: string | undefined): object | false {
  return stringValue !== undefined && { key, value: { stringValue } };
}

async function storeSpans(store: StoreUnderTest, spans: readonly object[]): Promise<void> {
  const request = { resourceSpans: [{ scopeSpans: [{ spans }] }] };
  const bytes = decodeJson('traces', Buffer.from(JSON.stringify(request)));
  const reader = createBatchReader(createKeys());
  const payloads = createEncode('traces')({ signal: 'traces', bytes, items: spans.length }, reader);
  const context = createRecordingContext('clickhouse', { offer: () => store.connection() });
  const exporter = clickhouseExporter.create({}, context);
  await exporter.start?.();
  for (const [index, payload] of payloads.entries()) {
    const abort = AbortSignal.timeout(30_000);
    const delivery = { id: String(index), signal: 'traces' as const, attempt: 1, abort };
    assert.deepEqual(await exporter.send(payload, delivery), delivered);
  }
  await exporter.shutdown?.();
}

describe('weir query without a store', () => {
  it('exits with 69 and says why it cannot be read', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'weir-query-'));
    try {
      symlinkSync('clickhouse', join(folder, 'clickhouse'));
      await assert.rejects(
        query('--data-dir', folder, 'SELECT 1'),
        isFailure(exitCodes.unreachable, /the store in .* cannot be read: ELOOP; ask as the user/),
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('exits with 69 and says where it looked', async () => {
    const empty = mkdtempSync(join(tmpdir(), 'weir-query-'));
    try {
      await assert.rejects(
        query('--data-dir', empty, 'SELECT 1'),
        isFailure(exitCodes.unreachable, /no store in .*weir-query-/),
      );
    } finally {
      rmSync(empty, { recursive: true });
    }
  });

  it('exits with 69 where no server answers', async () => {
    await assert.rejects(
      query('--endpoint', 'http://127.0.0.1:1', 'SELECT 1'),
      isFailure(exitCodes.unreachable, /http:\/\/127\.0\.0\.1:1 does not answer/),
    );
  });

  it('exits with 2 where the endpoint is no URL of HTTP', async () => {
    for (const endpoint of ['nonsense', '127.0.0.1:8123', 'tcp://127.0.0.1:9000']) {
      await assert.rejects(
        query('--endpoint', endpoint, 'SELECT 1'),
        isFailure(exitCodes.usage, /is no URL of ClickHouse's HTTP interface/),
      );
    }
  });
});
