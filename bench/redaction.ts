import { detectorsOf } from '../processors/redaction/detectors/table.ts';
import { naiveScan } from '../processors/redaction/naive-scan.ts';
import { presets } from '../processors/redaction/presets.ts';
import type { ScanInput } from '../processors/redaction/scanner.ts';
import { createScanner, toScannable } from '../processors/redaction/scanner.ts';

/** Bytes of one case's text: larger than the caches near a core. */
const caseBytes = 2_000_000;
const naiveRuns = 5;
/** Enough for the compiler to have seen what it needs: the first ten passes over a text are slower by half and more. */
const scanRuns = 25;
/** The naive loop is slow; a share of the text is enough to time it. */
const naiveBytes = 60_000;

const prose =
  'The gateway answers in the order in which requests arrive, and it does not wait for a slow consumer. When a queue is full the oldest entry gives way, which is counted; nothing is lost in silence. Ask the assistant to summarise the report before the meeting on Tuesday.';

const values = [
  'jane.doe@example.org',
  '4111 1111 1111 1111',
  '123-45-6789',
  '+49 30 901820',
  '203.0.113.77',
  'ghp_16C7e42F292c6912E7710c838347Ae178B4a',
];

/** A repeatable source of small numbers. */
function createRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** Texts by the shape that telemetry has them in. */
const shapes: Readonly<Record<string, (random: (below: number) => number) => string>> = {
  'mixed prompts': (random) => {
    const value = random(3) === 0 ? ` Reach me at ${values[random(values.length)] ?? ''}.` : '';
    return JSON.stringify([
      { role: 'user', parts: [{ type: 'text', content: `${prose}\n${value}\n"${prose}"` }] },
      { role: 'assistant', parts: [{ type: 'text', content: prose }] },
    ]);
  },
  'clean prose': () => prose,
  'log lines': (random) =>
    `2026-11-20T10:${10 + random(50)}:${10 + random(50)}.${100 + random(900)}Z INFO http.server method=GET path=/v1/items/${random(9999)} status=200 duration_ms=${random(900)} trace_id=${random(2 ** 31).toString(16)}af3c`,
  'small attributes': (random) =>
    [
      'gpt-4o-mini-2024-07-18',
      'chat',
      `req_${random(2 ** 31).toString(36)}`,
      'openai',
      'eu-west-1',
      `${random(4000)}`,
    ][random(6)] ?? '',
  base64: (random) =>
    Buffer.from(Array.from({ length: 3000 }, () => random(256))).toString('base64'),
  embeddings: (random) =>
    JSON.stringify(Array.from({ length: 200 }, () => (random(2 ** 31) / 2 ** 31) * 2 - 1)),
  'digit flood': (random) => `${'1-'.repeat(1000)}${'1 '.repeat(1000)}${random(10)}`.repeat(2),
};

/** Prints megabytes a second and core of the scan, by the shape of the text, beside the naive loop over the same rules. */
export function benchRedaction(print: (line: string) => void): void {
  const detectors = detectorsOf(presets.default);
  const scan = createScanner(detectors);
  print(`redaction, ${detectors.length} detectors        MB/s   naive   ratio   hits/MB`);
  for (const [name, make] of Object.entries(shapes)) {
    const input = gather(make, caseBytes);
    let hits = 0;
    const speed = fastest(scanRuns, input.size, () => {
      hits = scan(input).hits.length;
    });
    const small = gather(make, naiveBytes);
    const naive = fastest(naiveRuns, small.size, () => naiveScan(detectors, small));
    print(
      `  ${name.padEnd(26)}${speed.toFixed(0).padStart(8)}${naive.toFixed(1).padStart(8)}${(speed / naive).toFixed(0).padStart(7)}x${((hits / input.size) * 1e6).toFixed(0).padStart(9)}`,
    );
  }
}

function gather(make: (random: (below: number) => number) => string, bytes: number): ScanInput {
  const random = createRandom(7);
  const texts: string[] = [];
  for (let size = 0; size < bytes; size += (texts.at(-1)?.length ?? 0) + 1)
    texts.push(make(random));
  return { ...toScannable(texts.join('\0')), keyAt: () => '' };
}

function fastest(runs: number, bytes: number, run: () => void): number {
  let best = Infinity;
  for (let index = 0; index < runs; index++) {
    const start = process.cpuUsage();
    run();
    // CPU time, because the machine is shared.
    const { user, system } = process.cpuUsage(start);
    best = Math.min(best, user + system);
  }
  return bytes / best;
}
