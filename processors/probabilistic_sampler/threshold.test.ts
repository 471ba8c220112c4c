import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { hashSeedThreshold, hashWithSeed, randomnessOfHash } from './hash-seed.ts';
import {
  formatRandomness,
  formatThreshold,
  isSampled,
  parseRandomness,
  parseThreshold,
  probabilityOf,
  thresholdOf,
} from './threshold.ts';
import { formatTraceState, parseTraceState } from './trace-state.ts';

/** Decisions of the Collector's hash_seed mode at 50 %: seed, trace id, kept. */
const decisions: readonly (readonly [number, string, boolean])[] = [
  [653, '474a03c76d75951a4b4c537ced8f1122', true],
  [563, '53a518291e91307e43cd8467bb06f986', true],
  [142, 'a56a02f843b9bc6ee0b13889249e90e6', true],
  [904, '4e40762d3ee97a1c0932e4fa584f89a8', false],
  [445, '5224507db93db513f0ea2a4b4e0578c8', true],
  [38, '0c8717ced36216037af657e9d7f8b35b', true],
  [561, '2a8aa76c18d08e1e8be935541f9318c7', false],
  [757, '9e3d0f9481dc422cb613ea550897ae71', false],
  [22, '66a66c516ac22054673e5da5e6492545', false],
  [172, '84a1ce7bcea3e66194e72b4aa2694e31', true],
  [552, 'a811a7def34ca4b98d8e320afd115fad', false],
  [546, 'e3a345cc8dbb6f014bfa1edad3981820', true],
  [315, 'a71effb50e28d27cbdc9892f3765b8c2', false],
  [510, '55ee665a3fa22f8ea1b744ce15a7339d', false],
  [230, '7a5006be4d0ce7b542d59f83cd6f1c41', false],
  [544, '825b8fb9cfd45867794f4cd8a5a699bd', false],
  [790, '7629ecbea89398bfd9752a2f51c2c137', true],
  [555, 'de6cdfb44d69e211f886c57120d7bda0', true],
  [147, 'a8a5c3bb9205883fae17ead6675b2450', false],
  [238, '937e6cb3332dbe87062fa3997f48f425', false],
  [666, '3ee60b013303bcfda06be89071b90bd1', true],
  [305, 'c90c7cf3471bbc3a804a8a831633705b', true],
  [270, '18dda74dfca45a7b0261510f385fb4de', true],
  [381, '600cf70c7bb4918e54aefd78c84f3996', true],
  [35, '855f493c5b5b1e2fcbc9993f8061eac8', false],
  [839, '89bc498feb21d969cf0eabf916aa621a', false],
  [561, '0a0af00f63e098a39883705a423b0aa8', true],
  [460, '60c3b9a2dde734d71ba5cca7eb164bce', true],
  [99, '497f02db51c898ac441aae18a8b7ced9', false],
  [773, '988481445600bb91bbe23e3103034bcd', true],
];

describe('hash_seed arithmetic', () => {
  for (const [seed, traceId, kept] of decisions) {
    it(`${kept ? 'keeps' : 'drops'} ${traceId} with seed ${seed} at 50 %, as the Collector does`, () => {
      const threshold = hashSeedThreshold(50) ?? 0n;
      const randomness = randomnessOfHash(hashWithSeed(Buffer.from(traceId, 'hex'), seed));
      assert.equal(isSampled(threshold, randomness), kept);
    });
  }

  it('writes the thresholds that the Collector writes', () => {
    const written = [100, 75, 50, 25, 10, 100 / 3].map((percentage) =>
      formatThreshold(hashSeedThreshold(percentage) ?? -1n),
    );
    assert.deepEqual(written, ['0', '4', '8', 'c', 'e668', 'aaac']);
  });

  it('knows percentages that round to nothing', () => {
    assert.equal(hashSeedThreshold(0.001), undefined);
  });
});

describe('56-bit thresholds', () => {
  it('are those of the Collector, at every precision', () => {
    const cases: readonly (readonly [number, number, string])[] = [
      [1, 4, '0'],
      [0.5, 4, '8'],
      [0.25, 4, 'c'],
      [0.01, 0, 'fd70a3d70a3d71'],
      [0.01, 4, 'fd70a'],
      [0.01, 3, 'fd71'],
      [0.4, 3, '99a'],
      [0.4, 6, '99999a'],
      [0.2, 6, 'cccccd'],
      [0.10125, 6, 'e6147b'],
      [2 ** -14, 0, 'fffc'],
      [2 ** -28, 0, 'fffffff'],
    ];
    for (const [probability, precision, expected] of cases) {
      const threshold = formatThreshold(thresholdOf(probability, precision));
      assert.equal(threshold, expected);
    }
  });

  it('come back from text as they went', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: (1n << 56n) - 1n }), (value) => {
        assert.equal(parseThreshold(formatThreshold(value)), value);
        assert.equal(parseRandomness(formatRandomness(value)), value);
      }),
    );
    for (const wrong of ['', '123456789012345', '-1', 'xyz']) {
      assert.equal(parseThreshold(wrong), undefined);
    }
    assert.equal(parseRandomness('abababababababab'), undefined);
  });

  it('keep at a higher rate what they keep at a lower one', () => {
    const rate = fc.double({ min: 1e-6, max: 1, noNaN: true });
    fc.assert(
      fc.property(rate, rate, fc.bigInt({ min: 0n, max: (1n << 56n) - 1n }), (a, b, randomness) => {
        const [low, high] = a < b ? [a, b] : [b, a];
        if (isSampled(thresholdOf(low, 0), randomness)) {
          assert.ok(isSampled(thresholdOf(high, 0), randomness));
        }
      }),
    );
  });

  it('stand for their probability', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-6, max: 1, noNaN: true }), (probability) => {
        const error = probabilityOf(thresholdOf(probability, 4)) / probability - 1;
        assert.ok(Math.abs(error) < 1e-3, String(error));
      }),
    );
  });
});

describe('trace states', () => {
  it('are written with the ot section first and everything else kept', () => {
    const state = parseTraceState('a=1, ot=zz:x;rv:FD70A3D70A3D71 ,b@c=2');
    assert.ok(state);
    assert.equal(
      formatTraceState({ ...state, threshold: 1n << 55n }),
      'ot=rv:FD70A3D70A3D71;th:8;zz:x,a=1,b@c=2',
    );
  });

  it('are refused where they break the grammar', () => {
    for (const text of [
      'ot=rv:abababababababab',
      'ot=th:-1',
      'ot=th:abababababababab',
      'A=1',
      'a',
      'x'.repeat(2000),
    ]) {
      assert.equal(parseTraceState(text), undefined, text);
    }
  });
});
