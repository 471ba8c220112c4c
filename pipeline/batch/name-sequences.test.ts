import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { NameSequences, NO_NAMES, noShape, UNKNOWN_NAMES } from './name-sequences.ts';

const keyCount = 100;

/** Follows names as a walk does; `keyOf` says which key a name is. */
function sequenceOf(
  sequences: NameSequences,
  names: readonly string[],
  keyOf: (name: string) => number = () => -1,
): number {
  let sequence = NO_NAMES;
  for (const name of names) {
    const bytes = new Uint8Array(Buffer.from(`..${name}.`));
    const source = { bytes, view: new DataView(bytes.buffer) };
    const end = bytes.length - 1;
    const known = sequences.follow(sequence, source, 2, end);
    sequence = known < 0 ? sequences.add(sequence, keyOf(name), bytes.subarray(2, end)) : known;
  }
  return sequence;
}

const shapeOf = (sequences: NameSequences, names: readonly string[]): number =>
  sequences.shape(sequenceOf(sequences, names), keyCount)?.number ?? noShape;

test('a shape never means two lists of names, however alike they are, and however often all was forgotten', () => {
  const sequences = new NameSequences();
  const means = new Map<number, string>();
  const alike = fc.array(
    fc.constantFrom('', 'a', 'b', 'abcdefg.1', 'abcdefg.2', 'abcdefgh.one', 'abcdefgh.two', 'é'),
    { maxLength: 5 },
  );
  fc.assert(
    fc.property(alike, fc.nat({ max: 50 }), (names, forget) => {
      if (forget === 0) sequences.clear();
      const shape = shapeOf(sequences, names);
      if (shape === noShape) return;
      assert.equal(means.get(shape) ?? names.join(), names.join());
      means.set(shape, names.join());
      assert.equal(shapeOf(sequences, names), shape);
    }),
    { numRuns: 5000 },
  );
});

test('a shape tells which keys are where, and that one is there twice', () => {
  const sequences = new NameSequences();
  const names = ['b', 'none', 'a', 'b'];
  const keyOf = (name: string): number => ['a', 'b'].indexOf(name);
  const shape = sequences.shape(sequenceOf(sequences, names, keyOf), 2);
  assert.deepEqual([...(shape?.ids ?? [])], [1, 0, 1]);
  assert.deepEqual([...(shape?.places ?? [])], [0, 2, 3]);
  assert.deepEqual([...(shape?.placeOf ?? [])], [2, 0]);
  assert.deepEqual([shape?.hasRepeats, shape?.others], [true, 1]);
});

test('what is too long, too much or too various is not remembered, until it comes often', () => {
  const sequences = new NameSequences();
  const long = Array.from({ length: 257 }, (_, i) => `name ${i}`);
  assert.equal(sequenceOf(sequences, long), UNKNOWN_NAMES);
  assert.notEqual(sequenceOf(sequences, long.slice(1)), UNKNOWN_NAMES);
  assert.equal(sequenceOf(sequences, ['x'.repeat(128)]), UNKNOWN_NAMES);
  assert.equal(sequenceOf(sequences, [...long, 'next']), UNKNOWN_NAMES);
  const later = (i: number): number => sequenceOf(sequences, [`later ${i}`]);
  for (let i = 0; i < 100; i++) later(i);
  assert.equal(later(1000), UNKNOWN_NAMES);
  for (let i = 0; i < 100_000; i++) later(i);
  const { epoch } = sequences;
  sequences.begin();
  assert.notEqual(sequences.epoch, epoch);
  assert.notEqual(later(1000), UNKNOWN_NAMES);
});
