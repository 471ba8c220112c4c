import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createGenaiRun, type GenaiRun } from '../processors/genai/run-genai.ts';
import { projectRoot } from '../test/support/project-root.ts';

/** One case: a captured span, repeated with ids of its own. */
interface Case {
  readonly name: string;
  readonly file: string;
}

const cases: readonly Case[] = [
  { name: 'semconv', file: 'anthropic_sdk.pb' },
  { name: 'semconv with messages', file: 'otel.pb' },
  { name: 'openinference, indexed messages', file: 'openinference.pb' },
  { name: 'openllmetry, indexed messages', file: 'openllmetry.pb' },
  { name: 'no GenAI span', file: 'http.pb' },
];

const spansPerRequest = 256;
const rounds = 60;
const distinctRequests = 8;

/**
 * Measures the processor on requests of 256 spans, beside opening and encoding the same request without it; prints the
 * microseconds a span that it adds.
 */
export async function benchGenai(print: (line: string) => void): Promise<void> {
  const genai = await createGenaiRun({});
  for (const { name, file } of cases) {
    const requests = createRequests(
      readFileSync(join(projectRoot, 'processors/genai/testdata', file)),
    );
    const spans = countSpans(genai, requests[0]);
    const base = measure(requests, spans, (request) =>
      genai.reader.open('traces', request).encode(),
    );
    const full = measure(requests, spans, (request) => genai.run(request));
    const bytes = Math.round((requests[0]?.length ?? 0) / spans);
    print(
      `genai ${name.padEnd(32)} ${(full - base).toFixed(2)} µs a span on top of ${base.toFixed(2)} µs to walk it (${bytes} B)`,
    );
  }
}

function countSpans(genai: GenaiRun, request: Uint8Array | undefined): number {
  return request === undefined ? 1 : genai.reader.open('traces', request).items;
}

function measure(
  requests: readonly Uint8Array[],
  spans: number,
  work: (request: Uint8Array) => unknown,
): number {
  for (let round = 0; round < rounds; round++) for (const request of requests) work(request);
  const start = process.hrtime.bigint();
  for (let round = 0; round < rounds; round++) for (const request of requests) work(request);
  const ns = Number(process.hrtime.bigint() - start);
  return ns / 1000 / rounds / requests.length / spans;
}

/** Requests concatenate; each copy gets other response ids, so that no call is a repeat of another. */
function createRequests(capture: Uint8Array): Uint8Array[] {
  let serial = 0;
  return Array.from({ length: distinctRequests }, () =>
    Buffer.concat(
      Array.from({ length: spansPerRequest }, () => withSerial(Buffer.from(capture), serial++)),
    ),
  );
}

function withSerial(capture: Buffer, serial: number): Buffer {
  const digits = serial.toString().padStart(4, '0');
  for (let at = capture.indexOf('mock0'); at >= 0; at = capture.indexOf('mock0', at + 1)) {
    capture.write(digits, at + 'mock'.length);
  }
  return capture;
}
