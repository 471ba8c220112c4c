import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Prefilter } from './candidate.ts';
import { mark, marksOf, maxPiece, offsetOf } from './candidate.ts';
import { allDetectors } from './detectors/table.ts';
import { createGateTable } from './gate-table.ts';
import { createKernelPrefilter } from './kernel-prefilter.ts';
import { createPlainPrefilter } from './plain-prefilter.ts';
import { createScanner, toScannable } from './scanner.ts';
import { createRedactionRun } from './run-redaction.ts';
import { attribute, spanRequest } from '../../test/support/redacted-span.ts';
import { plantedValues as planted } from '../../test/support/planted-values.ts';

const gates = createGateTable(allDetectors);
const kernel = createKernelPrefilter(gates);
const plain = createPlainPrefilter(gates);

const kinds = Object.entries(mark);

/** Candidates of a text that stands `before` bytes behind the start of what is scanned, in words. */
function candidatesOf({ find, candidates }: Prefilter, text: Uint8Array, before = 0): string[] {
  const memory = new Uint8Array(16 + before + text.length + 128);
  memory.set(text, 16 + before);
  const bytes = memory.subarray(16);
  const size = before + text.length;
  const all: string[] = [];
  for (let from = 0; from < size; from += maxPiece) {
    const count = find({ bytes, size, from, to: Math.min(size, from + maxPiece) });
    for (const candidate of candidates.subarray(0, count)) {
      const names = kinds.filter(([, bit]) => (marksOf(candidate) & bit) !== 0);
      const at = from + offsetOf(candidate) - before;
      all.push(`${at} ${names.map(([name]) => name).join(' ')}`);
    }
  }
  return all;
}

/** Bytes that gates are about, and some that they are not. */
const alphabet = Buffer.from(
  '0123456789013abcdefABCDEFnrtuxzZ \n\0()-./:::@\\\\%&#_+=<"é\u00a0\u200b\u2013\uff11，',
);
const soup = fc.oneof(
  { weight: 3, arbitrary: fc.array(fc.constantFrom(...alphabet), { maxLength: 300 }) },
  {
    weight: 1,
    arbitrary: fc.array(fc.constantFrom(...Buffer.from('01a:.- \\u')), { maxLength: 300 }),
  },
  { weight: 1, arbitrary: fc.array(fc.nat(255), { maxLength: 300 }) },
);
const pieces = fc.array(
  fc.oneof(
    fc.constantFrom(...planted).map((value) => Buffer.from(value)),
    soup.map((bytes) => Buffer.from(bytes)),
  ),
  { maxLength: 8 },
);

describe('the kernel', () => {
  it('lists what the plain prefilter lists', () => {
    fc.assert(
      fc.property(pieces, fc.nat(127), (parts, before) => {
        const text = Buffer.concat(parts);
        assert.deepEqual(candidatesOf(kernel, text, before), candidatesOf(plain, text, before));
      }),
      { numRuns: 6000 },
    );
  });

  it('leads the scanner to the hits that the plain prefilter leads it to', () => {
    const [fast, slow] = [createKernelPrefilter, createPlainPrefilter].map((createPrefilter) =>
      createScanner(allDetectors, { createPrefilter }),
    );
    fc.assert(
      fc.property(pieces, (parts) => {
        const input = { ...toScannable(Buffer.concat(parts).toString()), keyAt: () => '' };
        assert.deepEqual(fast?.(input).hits, slow?.(input).hits);
      }),
      { numRuns: 1000 },
    );
  });

  it('lists every literal and planted value alike at any alignment to its blocks', () => {
    const literals = allDetectors.flatMap(({ gate }) =>
      gate.kind === 'literal' ? gate.literals : [],
    );
    const texts = [
      ...literals.map((literal) => Buffer.from(` ${literal} `, 'latin1')),
      ...planted.map((value) => Buffer.from(` ${value} `)),
    ];
    for (const text of texts) {
      const expected = candidatesOf(plain, text);
      assert.notDeepEqual(expected, [], text.toString());
      for (let before = 0; before < 128; before++) {
        const found = candidatesOf(kernel, text, before);
        assert.deepEqual(found, expected, `${text.toString()} at ${before}`);
      }
    }
  });

  it('sees what lies across the edge of a piece', () => {
    for (const value of planted) {
      const text = Buffer.from(` ${value} `);
      const expected = candidatesOf(plain, text);
      for (let cut = 0; cut <= text.length; cut++) {
        const before = maxPiece - cut;
        assert.deepEqual(candidatesOf(kernel, text, before), expected, `${value} cut at ${cut}`);
        assert.deepEqual(candidatesOf(plain, text, before), expected, `${value} cut at ${cut}`);
      }
    }
  });

  it('has room for a text of which every byte is a candidate', () => {
    const size = maxPiece * 2 + 100;
    const all = candidatesOf(kernel, Buffer.alloc(size, '@'));
    assert.equal(all.length, size);
    assert.equal(all.at(-1), `${size - 1} byte`);
    const scan = createScanner(allDetectors, { createPrefilter: createKernelPrefilter });
    const flood = `${'a@'.repeat(maxPiece)} jane@example.org`;
    const { hits, failures } = scan({ ...toScannable(flood), keyAt: () => '' });
    assert.deepEqual(failures, []);
    assert.deepEqual(hits.at(-1), { entity: 'email', start: 65_537, end: flood.length });
  });

  it('takes memory for as many forms as there are', () => {
    const forms = Array.from({ length: 4000 }, (_, index) => `99-${index}`);
    const many = createGateTable([{ gate: { kind: 'id', forms }, find: () => undefined }]);
    const text = Buffer.from('12-7,a12-7,34-7');
    for (const create of [createKernelPrefilter, createPlainPrefilter]) {
      assert.deepEqual(candidatesOf(create(many), text), ['0 number', '11 number']);
    }
  });
});

/** Runs `build` where the global of that name is another one, or is not there. */
function withGlobal<T>(name: string, value: unknown, build: () => T): T {
  const own = Object.getOwnPropertyDescriptor(globalThis, name) ?? assert.fail(name);
  if (value === undefined) Reflect.deleteProperty(globalThis, name);
  else Object.defineProperty(globalThis, name, { ...own, value });
  try {
    return build();
  } finally {
    Object.defineProperty(globalThis, name, own);
  }
}

/** What a process has that may not take more memory. */
const starved = {
  Module: function Module() {
    return {};
  },
  Instance: function Instance() {
    throw new RangeError('WebAssembly.Instance(): Out of memory');
  },
};

describe('a process in which the kernel does not start', () => {
  for (const [reason, value] of [
    ['unsupported', undefined],
    ['error', starved],
  ] as const) {
    it(`redacts all the same and counts the requests: ${reason}`, () => {
      const slow = withGlobal('WebAssembly', value, () => createRedactionRun('traces'));
      const fast = createRedactionRun('traces');
      const request = spanRequest({ attributes: [attribute('note', 'I am jane@example.org')] });
      assert.deepEqual(slow.run(request), fast.run(request));
      slow.run(request);
      const series = `weir_redaction_fallbacks_total ${reason}`;
      assert.equal(slow.counts.get(series), 2);
      assert.equal(fast.counts.get(series), undefined);
      assert.equal(fast.counts.get('weir_redaction_values_total email redact'), 1);
    });
  }
});
