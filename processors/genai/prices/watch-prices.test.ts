import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import type { Clock } from '../../../pipeline/component/context.ts';
import { createRecordingContext } from '../../../test/support/component-context.ts';
import { listen } from '../../../test/support/listen.ts';
import { genaiSchema } from '../config.ts';
import { loadBundledPrices, readPrices } from './prepare-prices.ts';
import type { PriceSources } from './price-book.ts';
import { createPriceWatch } from './watch-prices.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weir-prices-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

function catalogue(usd: number): string {
  const prices = { input_mtok: usd, output_mtok: usd };
  const models = [{ id: 'm', match: { equals: 'm' }, prices }];
  return JSON.stringify([{ id: 'acme', models }]);
}

/** A clock whose sleeper is woken by the test, which can wait until it sleeps again. */
function createManualClock() {
  let now = Date.parse('2026-11-01T00:00:00Z');
  let wake: () => void = () => undefined;
  let slept: () => void = () => undefined;
  const nextSleep = (): Promise<void> =>
    new Promise((resolve) => {
      slept = resolve;
    });
  const clock: Clock = {
    now: () => now,
    monotonic: () => now,
    sleep: (_ms, signal) =>
      new Promise((resolve, reject) => {
        wake = resolve;
        signal?.addEventListener('abort', () => {
          reject(new Error('aborted'));
        });
        slept();
      }),
  };
  return {
    clock,
    nextSleep,
    /** Lets time pass, and resolves when the watch has looked again. */
    pass: (ms: number): Promise<void> => {
      now += ms;
      const asleep = nextSleep();
      wake();
      return asleep;
    },
  };
}

/** A watch over a catalogue, as the graph runs it. */
async function watch(options: Readonly<Record<string, unknown>>, running?: PriceSources) {
  const { clock, nextSleep, pass } = createManualClock();
  const { catalog } = genaiSchema.parse({ catalog: { min_models: 1, ...options } });
  const reloads: string[] = [];
  const gauges: number[] = [];
  const reloader = { reload: (trigger: string) => Promise.resolve(reloads.push(trigger)) };
  const context = createRecordingContext('genai', {
    clock,
    dataDir: folder,
    offer: (name) => (name === 'engine.reloader' ? reloader : undefined),
  });
  const meter = { ...context.meter, gauge: (_name: string, value: number) => gauges.push(value) };
  const place = { dataDir: folder, id: 'genai' };
  const prices = running ?? (await readPrices(catalog, place));
  const component = createPriceWatch(catalog, prices, { ...context, meter });
  const asleep = nextSleep();
  await component.start?.();
  await asleep;
  return {
    prices,
    reloads,
    gauges,
    pass,
    results: () => context.counted.map(({ labels }) => Object.values(labels).join(' ').trim()),
    reread: () => readPrices(catalog, place),
    stop: async () => component.shutdown?.(),
  };
}

const tenSecondsMs = 10_000;

test('a file that is exchanged behind a link, as a ConfigMap is, asks for one reload', async () => {
  // Kubernetes mounts `..data -> ..1` and prices.json -> `..data/prices.json`, and renames a new `..data` over it.
  await mkdir(join(folder, 'v1'));
  await mkdir(join(folder, 'v2'));
  await writeFile(join(folder, 'v1/prices.json'), catalogue(1));
  await writeFile(join(folder, 'v2/prices.json'), catalogue(2));
  await symlink('v1', join(folder, '..data'));
  await symlink('..data/prices.json', join(folder, 'prices.json'));
  const watched = await watch({ source: join(folder, 'prices.json') });
  await watched.pass(tenSecondsMs);
  assert.deepEqual(watched.reloads, []);
  await symlink('v2', join(folder, '..new'));
  await rename(join(folder, '..new'), join(folder, '..data'));
  await watched.pass(tenSecondsMs);
  await watched.pass(tenSecondsMs);
  assert.deepEqual(watched.reloads, ['request']);
  assert.deepEqual(watched.results(), ['unchanged', 'updated']);
  const next = await watched.reread();
  assert.notEqual(next.id, watched.prices.id);
  await watched.stop();
});

test('a file that turns bad changes nothing, is counted, and the last good one outlives a restart', async () => {
  const source = join(folder, 'prices.json');
  await writeFile(source, catalogue(1));
  const watched = await watch({ source });
  await writeFile(source, catalogue(11));
  await watched.pass(tenSecondsMs);
  assert.deepEqual(watched.reloads, []);
  assert.deepEqual(watched.results(), ['unchanged', 'failed price_jump']);
  await watched.pass(60_000);
  assert.equal(watched.gauges.at(-1), 70);
  assert.equal((await watched.reread()).id, watched.prices.id);
  await watched.stop();
});

test('a file that was never good keeps the processor from starting', async () => {
  const source = join(folder, 'prices.json');
  const { catalog } = genaiSchema.parse({ catalog: { source } });
  const place = { dataDir: folder, id: 'genai' };
  await assert.rejects(readPrices(catalog, place), /catalog\.source .*prices\.json: ENOENT/);
  await writeFile(source, catalogue(1));
  await assert.rejects(readPrices(catalog, place), /fewer than min_models \(1000\)/);
});

test('a URL is asked with the tag of its last answer, and only when it is time', async () => {
  const asked: (string | undefined)[] = [];
  let usd = 1;
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    const tag = request.headers['if-none-match'];
    asked.push(tag);
    const isKnown = tag === `"${usd}"`;
    response.writeHead(isKnown ? 304 : 200, { ETag: `"${usd}"` });
    response.end(isKnown ? undefined : catalogue(usd));
  };
  await withServer(answer, async (url) => {
    // The bundled catalogue stands in until the URL has answered; it is much larger.
    const watched = await watch({ source: `${url}/prices.json`, max_shrink: 1 });
    assert.match(watched.prices.id, /^genai-prices@/);
    assert.deepEqual(watched.reloads, ['request']);
    await watched.pass(tenSecondsMs);
    assert.deepEqual(asked, [undefined]);
    await watched.pass(3_600_000);
    usd = 2;
    await watched.pass(3_600_000);
    assert.deepEqual(asked, [undefined, '"1"', '"1"']);
    assert.deepEqual(watched.results(), ['updated', 'unchanged', 'updated']);
    assert.deepEqual(watched.reloads, ['request', 'request']);
    assert.match((await watched.reread()).id, /^prices\.json@[0-9a-f]{12}$/);
    await watched.stop();
  });
});

test('what a URL may do wrong is counted, and the prices stay', async () => {
  const answers: ((response: ServerResponse) => void)[] = [
    (response) => response.writeHead(503).end(),
    (response) => response.end('<html>'),
    (response) => response.end(' '.repeat(5000)),
    (response) => response.writeHead(304).end(),
    (response) => response.destroy(),
  ];
  const answer = (_request: IncomingMessage, response: ServerResponse): void => {
    answers.shift()?.(response);
  };
  await withServer(answer, async (url) => {
    const watched = await watch({ source: `${url}/prices.json`, max_size: '4KiB' });
    while (answers.length > 0) await watched.pass(3_600_000);
    const faults = ['http_status', 'malformed', 'too_large', 'http_status', 'unreachable'];
    assert.deepEqual(
      watched.results(),
      faults.map((fault) => `failed ${fault}`),
    );
    assert.deepEqual(watched.reloads, []);
    await watched.stop();
  });
});

test('a URL that hangs is given up', async () => {
  const answer = (): void => undefined;
  await withServer(answer, async (url) => {
    const watched = await watch({ source: `${url}/prices.json`, timeout: '20ms' });
    assert.deepEqual(watched.results(), ['failed timeout']);
    await watched.stop();
  });
});

test('of bundled prices only the age is told', async () => {
  const watched = await watch({}, loadBundledPrices());
  // From 2026-09-23, when they were published, to 2026-11-01
  assert.equal(watched.gauges.at(-1), 39 * 86_400);
  assert.deepEqual(watched.results(), []);
  await watched.stop();
});

async function withServer(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
  run: (url: string) => Promise<void>,
): Promise<void> {
  const server = createServer(answer);
  const port = await listen(server);
  try {
    await run(`http://127.0.0.1:${port}`);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}
