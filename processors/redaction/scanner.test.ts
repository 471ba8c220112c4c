import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Detector } from './detector.ts';
import { allDetectors } from './detectors/table.ts';
import type { Hit } from './hits.ts';
import { uniteHits } from './hits.ts';
import { naiveScan } from './naive-scan.ts';
import type { ScanInput } from './scanner.ts';
import { createScanner, toScannable } from './scanner.ts';
import { plantedValues as planted } from '../../test/support/planted-values.ts';

const detectors = allDetectors;
const scan = createScanner(detectors);

function inputOf(text: string): ScanInput {
  return { ...toScannable(text), keyAt: () => '' };
}

/** The same text at any address, odd ones too. */
function shifted(text: string, by: number): ScanInput {
  const source = Buffer.from(text);
  const memory = new Uint8Array(32 + by + source.length + 128);
  memory.set(source, 16 + by);
  return { bytes: memory.subarray(16 + by), size: source.length, keyAt: () => '' };
}

function show(hits: readonly Hit[]): string[] {
  return uniteHits(hits).map(({ entity, start, end }) => `${entity} ${start}-${end}`);
}

const fragments = [
  ...planted,
  ...[
    '\\n',
    '\\"',
    '\\u0040',
    '%40',
    '&#64;',
    '\u200b',
    '４１１１',
    '，',
    'é',
    '\0',
    ' ',
    '\n',
    ' is ',
    ':',
    '"',
  ],
  ...[
    '{"a":',
    '1',
    '12',
    '2024',
    '.',
    '-',
    '+',
    '@',
    'x',
    'sk-',
    'eyJ',
    'token',
    'the quick brown fox ',
  ],
];

/** Once the escape is unfolded, what the word reaches ends elsewhere in the number. */
const cutElsewhere = ['passport X1234567', 'x', '\\n', ' is ', '{"a":    ', '110105194912310021x'];

describe('scanner', () => {
  it('finds what a scan of every offset finds', () => {
    const soup = fc.array(fc.constantFrom(...fragments), { maxLength: 24 });
    fc.assert(
      fc.property(soup, (parts) => {
        const input = inputOf(parts.join(''));
        const ours = show(scan(input).hits);
        const naive = show(naiveScan(detectors, input));
        assert.deepEqual(ours, naive);
      }),
      { numRuns: 3000, examples: [[cutElsewhere]] },
    );
  });

  it('takes what a word names whole or not at all, wherever its reach ends', () => {
    for (let by = 0; by < 60; by++) {
      const between = ' '.repeat(by);
      assert.deepEqual(show(scan(inputOf(`passport ${between}${'A'.repeat(9)}1`)).hits), []);
      assert.deepEqual(show(scan(inputOf(`passport ${between}110105194912310021x`)).hits), []);
      const born = show(scan(inputOf(`born ${between}03/04/1985`)).hits);
      if (born.length > 0) assert.deepEqual(born, [`date_of_birth ${5 + by}-${15 + by}`]);
      assert.equal(born.length > 0, by < 38);
    }
  });

  it('finds every planted value at any alignment', () => {
    for (const value of planted) {
      const expected = show(scan(inputOf(` ${value} `)).hits);
      assert.notDeepEqual(expected, [], value);
      for (let by = 0; by < 32; by++) {
        assert.deepEqual(show(scan(shifted(` ${value} `, by)).hits), expected, `${value} at ${by}`);
      }
    }
  });

  it('keeps texts apart that lie side by side', () => {
    assert.deepEqual(show(scan(inputOf('4111 1111\0 1111 1111')).hits), []);
    assert.deepEqual(show(scan(inputOf('jane\0@example.org')).hits), []);
    assert.deepEqual(show(scan(inputOf('a\0jane@example.org\0b')).hits), ['email 2-18']);
  });

  it('reports the text in which a detector throws, and scans on', () => {
    const broken: Detector = {
      gate: { kind: 'literal', literals: ['boom'] },
      find: () => {
        throw new Error('a bug');
      },
    };
    const text = 'fine\0boom\0jane@example.org';
    const result = createScanner([...detectors, broken])(inputOf(text));
    assert.deepEqual(
      result.failures.map((offset) => offset >= 5 && offset < 9),
      [true],
    );
    assert.deepEqual(show(result.hits), ['email 10-26']);
  });

  it('gives up what is left when its time is up', () => {
    const text = `${'a@b '.repeat(3000)}\0jane@example.org\0nothing here`;
    const late = createScanner(detectors, { budgetMs: () => -1 })(inputOf(text));
    assert.equal(late.isLate, true);
    const failed = new Set(
      late.failures.map((offset) => text.slice(0, offset + 1).split('\0').length),
    );
    assert.deepEqual([...failed], [1, 2]);
    assert.equal(scan(inputOf(text)).isLate, false);
  });

  it('asks the clock in the windows around escapes too, however small they are', (test) => {
    let now = 0;
    test.mock.method(performance, 'now', () => now);
    const text = `${`jane%40example.org${' '.repeat(1500)}`.repeat(3000)}\0jane%40example.org`;
    const slow: Detector = {
      gate: { kind: 'byte', byte: '@' },
      find: () => {
        now++;
      },
    };
    const late = createScanner([slow], { budgetMs: () => 100 })(inputOf(text));
    assert.equal(late.isLate, true);
    assert.ok(now < 1200, `${now} ms`);
    const last = text.lastIndexOf('\0');
    assert.ok(late.failures.some((offset) => offset < last));
    assert.ok(late.failures.some((offset) => offset > last));
  });

  it('finds what is hidden in texts with so many escapes that one window cannot hold them', () => {
    const text = `${'a\\u0040 '.repeat(1 << 18)}jane\\u0040example.org ${'a\\u0040 '.repeat(1 << 17)}`;
    const at = text.indexOf('jane');
    assert.deepEqual(show(scan(inputOf(text)).hits), [`email ${at}-${at + 21}`]);
  });

  it('has done within the time that the pool gives a task, whatever the size', (test) => {
    let now = 0;
    test.mock.method(performance, 'now', () => now);
    const slow: Detector = {
      gate: { kind: 'byte', byte: '@' },
      find: () => {
        now += 10;
      },
    };
    const late = createScanner([slow])(inputOf('@ '.repeat(8 << 20)));
    assert.equal(late.isLate, true);
    assert.ok(now < 30_000, `${now} ms`);
  });

  it('passes over base64 media, counts it, and scans what follows', () => {
    const payload = Buffer.from('4111111111111111'.repeat(20)).toString('base64');
    const result = scan(inputOf(`data:image/png;base64,${payload}" jane@example.org`));
    assert.deepEqual(result.skipped, { media: 1, vector: 0 });
    assert.deepEqual(
      uniteHits(result.hits).map(({ entity }) => entity),
      ['email'],
    );
  });

  it('does work in proportion to the length of attack strings', () => {
    const shapes = [
      '%_-',
      'a@',
      'a@a.',
      'eyJ-',
      '-----BEGIN PRIVATE KEY-----',
      '+1',
      '1 ',
      '1.1.',
      '1::',
    ];
    shapes.push(
      'DE89',
      '1A',
      'a-',
      '0x5',
      'born ',
      'passport ',
      'curl -u ',
      'cookie: a=',
      'authorization: ',
      'P<<<',
      'mac: 0',
      '12.',
      '999999-',
      'AB123456',
      '<<<',
      '%_-',
      'password=',
      'token:',
      '://a:',
      'sk-',
      '\\u0040',
      '%25',
      '&#64;',
      '\u200b',
      '１',
      '9',
      '4111 ',
    );
    for (const shape of shapes) {
      const [small, large] = [50_000, 100_000].map((size) =>
        callsFor(shape.repeat(size / shape.length)),
      );
      assert.ok((large ?? 0) <= (small ?? 0) * 2.2 + 10, `${shape}: ${small} calls, then ${large}`);
    }
  });
});

/** How often detectors are called for a text; each call is bounded. */
function callsFor(text: string): number {
  let calls = 0;
  const counting = detectors.map((detector): Detector => ({
    gate: detector.gate,
    find: (subject, at, report) => {
      calls++;
      detector.find(subject, at, report);
    },
  }));
  createScanner(counting)(inputOf(text));
  return calls;
}
