import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Attributes } from '../pipeline/batch/batch.ts';
import { createBatchReader } from '../pipeline/batch/batch-reader.ts';
import { createKeys } from '../pipeline/batch/create-keys.ts';
import type { Keys } from '../pipeline/batch/key.ts';
import { createGenaiRun, type GenaiRun } from '../processors/genai/run-genai.ts';
import { traceRequest } from './corpus.ts';
import { projectRoot } from '../test/support/project-root.ts';

/** One case: requests of 256 spans. */
interface Case {
  readonly name: string;
  readonly requests: () => readonly Uint8Array[];
}

const spansPerRequest = 256;
const distinctRequests = 8;

const cases: readonly Case[] = [
  { name: 'semconv, 15 attributes', requests: () => [traceRequest('small', spansPerRequest)] },
  { name: 'semconv, 2 KB of messages', requests: () => [traceRequest('prompt', spansPerRequest)] },
  { name: 'Anthropic SDK, 26 attributes', requests: () => ofCapture('anthropic_sdk.pb') },
  { name: 'openinference, indexed messages', requests: () => ofCapture('openinference.pb', plain) },
  { name: 'openinference, with a context', requests: () => ofCapture('openinference.pb') },
  {
    name: 'openinference, texts 20 × as long',
    requests: () => ofCapture('openinference.pb', longer(20)),
  },
  {
    name: 'openinference, texts 40 × as long',
    requests: () => ofCapture('openinference.pb', longer(40)),
  },
  { name: 'openllmetry, indexed messages', requests: () => ofCapture('openllmetry.pb') },
  { name: 'no GenAI span', requests: () => ofCapture('http.pb') },
];

/** Runs of which the best counts, on a machine that others work on as well. */
const runs = 40;
const spansPerRun = 6144;

/**
 * Measures the processor on requests of 256 spans, beside opening and encoding the same requests without it; prints the
 * microseconds of CPU a span that it adds. Each case has a thread of its own, as a worker that meets one SDK: the engine
 * compiles for what it sees, and code that met many is slower by up to a tenth.
 */
export async function benchGenai(print: (line: string) => void): Promise<void> {
  for (const { name } of cases) {
    const worker = new Worker(new URL('genai-case.js', import.meta.url), { workerData: name });
    const [line] = (await once(worker, 'message')) as [string];
    print(line);
    await worker.terminate();
  }
}

/** The line of one case. Its table of billed calls is that of one thread. */
export async function measureCase(name: string): Promise<string> {
  const genai = await createGenaiRun({});
  const requests = cases.find((one) => one.name === name)?.requests() ?? [];
  const spans = countSpans(genai, requests[0]);
  const base = measure(requests, spans, (request) => genai.reader.open('traces', request).encode());
  const full = measure(requests, spans, (request) => genai.run(request));
  const bytes = Math.round((requests[0]?.length ?? 0) / spans);
  return `genai ${name.padEnd(32)} ${(full - base).toFixed(2)} µs a span on top of ${base.toFixed(2)} µs to walk it (${bytes} B)`;
}

function countSpans(genai: GenaiRun, request: Uint8Array | undefined): number {
  return request === undefined ? 1 : genai.reader.open('traces', request).items;
}

/** CPU microseconds a span, of the best run. */
function measure(
  requests: readonly Uint8Array[],
  spans: number,
  work: (request: Uint8Array) => unknown,
): number {
  const rounds = Math.ceil(spansPerRun / spans / requests.length);
  let best = Infinity;
  // The first runs, in which the engine compiles, are never the best.
  for (let run = 0; run < runs; run++) {
    const start = process.cpuUsage();
    for (let round = 0; round < rounds; round++) for (const request of requests) work(request);
    const { user, system } = process.cpuUsage(start);
    best = Math.min(best, (user + system) / rounds / requests.length / spans);
  }
  return best;
}

type Edit = (attributes: Attributes, keys: Keys) => void;

/** Without what an application adds to a call: session, user, metadata, tags and the template of the prompt. */
const plain: Edit = (attributes) => {
  const context = /^(session\.id|user\.id|metadata|tag\.tags|llm\.prompt_template\..*)$/;
  for (const attribute of attributes) if (context.test(attribute.name)) attribute.delete();
};

/** With each text of an indexed message repeated. */
function longer(times: number): Edit {
  return (attributes, keys) => {
    const texts: [string, string][] = [];
    for (const attribute of attributes) {
      const text = attribute.string();
      if (attribute.name.endsWith('.content') && text !== undefined) {
        texts.push([attribute.name, text.repeat(times)]);
      }
    }
    for (const [name, text] of texts) attributes.setString(keys.key(name), text);
  };
}

/** Requests concatenate; each copy gets other response ids, so that no call is a repeat of another. */
function ofCapture(file: string, edit?: Edit): Uint8Array[] {
  const capture = edited(readFileSync(join(projectRoot, 'processors/genai/testdata', file)), edit);
  let serial = 0;
  return Array.from({ length: distinctRequests }, () =>
    Buffer.concat(
      Array.from({ length: spansPerRequest }, () => withSerial(Buffer.from(capture), serial++)),
    ),
  );
}

function edited(capture: Uint8Array, edit: Edit | undefined): Uint8Array {
  if (edit === undefined) return capture;
  const keys = createKeys();
  const batch = createBatchReader(keys).open('traces', capture);
  for (const { attributes } of batch) edit(attributes, keys);
  return batch.encode();
}

function withSerial(capture: Buffer, serial: number): Buffer {
  const digits = serial.toString().padStart(4, '0');
  for (let at = capture.indexOf('mock0'); at >= 0; at = capture.indexOf('mock0', at + 1)) {
    capture.write(digits, at + 'mock'.length);
  }
  return capture;
}
