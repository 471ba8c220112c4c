import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, describe, it } from 'node:test';
import { createBatchReader } from '../../../pipeline/batch/batch-reader.ts';
import { createKeys } from '../../../pipeline/batch/create-keys.ts';
import { decodeJson } from '../../../pipeline/otlp/decode-json.ts';
import { createGenaiRun } from '../../../processors/genai/run-genai.ts';
import { freePorts } from '../../../test/support/free-port.ts';
import { listen } from '../../../test/support/listen.ts';
import { runWeir } from '../../../test/support/run-weir.ts';
import { dialects } from './dialect.ts';
import type { DialectName } from './dialect.ts';
import { encodeTraces } from './encode-traces.ts';
import { writePersonalData } from './personal-data.ts';
import { createProgress } from './progress.ts';
import { createRandom } from './random.ts';
import { addOutcome, emptyTally } from './tally.ts';
import { createTraffic } from './traffic.ts';
import type { TrafficOptions } from './traffic.ts';

const nowMs = 1_795_225_200_000;

function makeTraces(options: Partial<TrafficOptions>, count = 40): ReturnType<typeof encodeTraces> {
  const next = createTraffic({ dialect: 'mixed', personalData: false, seed: 1, ...options });
  return encodeTraces(
    Array.from({ length: count }, () => next(nowMs)),
    'proto',
  );
}

describe('synthetic traffic', () => {
  for (const dialect of Object.keys(dialects) as DialectName[]) {
    it(`in ${dialect} is understood, with tokens that are billed once`, async () => {
      const run = await createGenaiRun();
      const key = (name: string): ReturnType<typeof keys.key> => keys.key(name);
      const keys = createKeys();
      const reader = createBatchReader(keys);
      const batch = reader.open('traces', run.run(makeTraces({ dialect })));
      assert.equal(batch.rejected.items, 0);
      const kinds = new Set<string>();
      const statuses = new Map<string, number>();
      for (const { attributes } of batch) {
        kinds.add(attributes.string(key('genai.kind')) ?? 'none');
        const isCall = attributes.string(key('genai.kind')) === 'llm';
        const known = attributes.string(key('genai.dialect'));
        if (isCall) assert.equal(known, dialect);
        const status = attributes.string(key('genai.cost.status'));
        const reason = attributes.string(key('genai.cost.reason')) ?? '';
        if (isCall) {
          const name = `${status ?? 'none'} ${reason}`.trim();
          statuses.set(name, (statuses.get(name) ?? 0) + 1);
        }
      }
      assert.ok(kinds.has('agent') && kinds.has('llm') && kinds.has('tool'), [...kinds].join());
      const priced = statuses.get('priced') ?? 0;
      const failed = statuses.get('unpriced no_usage') ?? 0;
      assert.ok(priced > 40, JSON.stringify([...statuses]));
      assert.equal(
        priced + failed,
        [...statuses.values()].reduce((sum, count) => sum + count, 0),
      );
    });
  }

  it('is the same for the same seed, and other for another', () => {
    assert.deepEqual(makeTraces({ seed: 7 }), makeTraces({ seed: 7 }));
    assert.notDeepEqual(makeTraces({ seed: 7 }), makeTraces({ seed: 8 }));
  });

  it('is the same in protobuf and in JSON', () => {
    const traffic = createTraffic({ dialect: 'mixed', personalData: true, seed: 3 });
    const traces = Array.from({ length: 5 }, () => traffic(nowMs));
    const fromJson = decodeJson('traces', encodeTraces(traces, 'json'));
    const names = (bytes: Uint8Array): string[] => {
      const batch = createBatchReader(createKeys()).open('traces', bytes);
      return Array.from(batch, (span) => `${span.traceId.hex()} ${span.name} ${span.durationMs}`);
    };
    assert.deepEqual(names(fromJson), names(encodeTraces(traces, 'proto')));
  });

  it('ends each trace at the time it is made', () => {
    const next = createTraffic({ dialect: 'otel', personalData: false, seed: 1 });
    const { startMs, steps } = next(nowMs);
    assert.equal(startMs + (steps[0]?.durationMs ?? 0), nowMs);
  });

  it('plants personal data only where asked, with card numbers that check', () => {
    const plain = Buffer.from(makeTraces({})).toString('latin1');
    const planted = Buffer.from(makeTraces({ personalData: true })).toString('latin1');
    assert.doesNotMatch(plain, /@mail\.example\.org|sk-proj-/);
    assert.match(planted, /@mail\.example\.org/);
    assert.match(planted, /sk-proj-\w{48}/);
    const random = createRandom(5);
    for (let index = 0; index < 50; index += 1) {
      const card = /\d{4} \d{4} \d{4} \d{4}/.exec(writePersonalData(random))?.[0] ?? '';
      assert.ok(passesLuhn(card.replaceAll(' ', '')), card);
    }
  });
});

function passesLuhn(digits: string): boolean {
  const sum = Array.from(digits)
    .reverse()
    .reduce((total, digit, index) => {
      const weighed = Number(digit) * (index % 2 === 1 ? 2 : 1);
      return total + (weighed > 9 ? weighed - 9 : weighed);
    }, 0);
  return digits.length === 16 && sum % 10 === 0;
}

describe('the progress of a run', () => {
  it('is a bar on a terminal, and a line each five seconds elsewhere', () => {
    const shown = (isTTY: boolean): string[] => {
      const texts: string[] = [];
      const output = { isTTY, columns: 60, write: (text: string) => texts.push(text) };
      const progress = createProgress(output);
      for (let ms = 0; ms <= 10_000; ms += 50) progress.show(ms / 10_000, emptyTally, ms);
      progress.finish();
      return texts;
    };
    const bar = shown(true);
    assert.equal(bar.length, 102);
    assert.ok(bar.every((text) => text.startsWith('\r\u001b[K') && text.length < 66));
    assert.deepEqual(shown(false), [
      '0 spans sent in 5.0 s (0/s): 0 accepted, 0 rejected, 0 failed\n',
      '0 spans sent in 10.0 s (0/s): 0 accepted, 0 rejected, 0 failed\n',
    ]);
  });

  it('counts partial success as both', () => {
    const tally = addOutcome(emptyTally, 10, { kind: 'partial', rejectedItems: 3, message: 'old' });
    assert.deepEqual([tally.accepted, tally.rejected, tally.reason], [7, 3, 'old']);
  });
});

describe('weir generate', () => {
  let url = '';
  let status = 200;
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(status === 200 ? '{}' : '{"message":"no room"}');
    });
  });
  before(async () => {
    url = `http://127.0.0.1:${await listen(server)}`;
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });

  const base = ['generate', '--count', '20', '--rate', '0', '--seed', '1'];

  it('prints what became of the spans, data on stdout and the rest on stderr', async () => {
    status = 200;
    const run = await runWeir([...base, '--http', '--endpoint', url]);
    assert.equal(run.code, 0, run.stderr);
    assert.match(
      run.stdout,
      /^2\d spans sent in .* s \(.*\): 2\d accepted, 0 rejected, 0 failed\n$/,
    );
    assert.match(run.stderr, /^sending mixed spans to .* \(http_proto\), seed 1\n$/);
  });

  it('ends with 1 and says why where not everything was accepted', async () => {
    status = 503;
    const run = await runWeir([...base, '--http', 'json', '--json', '--endpoint', url]);
    assert.equal(run.code, 1);
    const summary = JSON.parse(run.stdout) as { failed: number; accepted: number };
    assert.ok(summary.failed >= 20 && summary.accepted === 0);
    assert.match(run.stderr, /not everything was accepted: HTTP 503: no room/);
  });

  it('ends with 1 where nothing listens', async () => {
    const [port = 0] = await freePorts(1);
    const run = await runWeir([...base, '--endpoint', `http://127.0.0.1:${port}`]);
    assert.equal(run.code, 1);
    assert.match(run.stderr, /UNAVAILABLE/);
  });

  it('ends with 2 for options that make no sense', async () => {
    for (const args of [
      ['--dialect', 'klingon'],
      ['--rate', 'fast'],
      ['--count', '0'],
      ['--duration', 'long'],
      ['--seed', 'x'],
      ['--endpoint', 'localhost'],
    ]) {
      const run = await runWeir(['generate', ...args]);
      assert.equal(run.code, 2, args.join(' '));
      assert.equal(run.stdout, '');
    }
  });
});
