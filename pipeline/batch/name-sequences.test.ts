import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { NameSequences, NO_KEYS, NO_NAMES, noShape, UNKNOWN_NAMES } from './name-sequences.ts';

const keyCount = 100;

/** Follows names as a walk does; `keyOf` says which key a name is. */
function sequenceOf(
  sequences: NameSequences,
  names: readonly string[],
  keyOf: (name: string) => number = () => -1,
): number {
  let sequence = NO_NAMES;
  for (const name of names) {
    if (sequence === UNKNOWN_NAMES) return sequence;
    const bytes = new Uint8Array(Buffer.from(`..${name}.`));
    const source = { bytes, view: new DataView(bytes.buffer) };
    const end = bytes.length - 1;
    const known = sequences.follow(sequence, source, 2, end);
    sequence = known < 0 ? sequences.add(sequence, keyOf(name), source, { start: 2, end }) : known;
  }
  return sequence;
}

/** The shape of names that came often. */
function shapeOf(sequences: NameSequences, names: readonly string[]): number {
  for (let time = 0; time < 4 * (names.length + 1); time++) {
    sequences.shape(sequenceOf(sequences, names), keyCount);
  }
  return sequences.shape(sequenceOf(sequences, names), keyCount)?.number ?? noShape;
}

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
  const told = Array.from({ length: 20 }, () =>
    sequences.shape(sequenceOf(sequences, names, keyOf), 2),
  );
  const shape = told.at(-1);
  assert.equal(told[0], undefined);
  assert.deepEqual([...(shape?.ids ?? [])], [1, 0, 1]);
  assert.deepEqual([...(shape?.places ?? [])], [0, 2, 3]);
  assert.deepEqual([...(shape?.placeOf ?? [])], [2, 0]);
  assert.deepEqual([shape?.hasRepeats, shape?.others], [true, 1]);
});

test('what is too long or too much is not remembered, and gives way once it comes often', () => {
  const sequences = new NameSequences();
  const long = Array.from({ length: 257 }, (_, i) => `name ${i}`);
  for (let time = 0; time < 2000; time++) sequenceOf(sequences, long);
  assert.equal(sequenceOf(sequences, long), UNKNOWN_NAMES);
  assert.notEqual(sequenceOf(sequences, long.slice(0, -1)), UNKNOWN_NAMES);
  assert.equal(sequenceOf(sequences, ['x'.repeat(128)]), UNKNOWN_NAMES);
  const later = (i: number): number => sequenceOf(sequences, [`later ${i}`]);
  for (let i = 0; i < 8192; i++) later(i);
  assert.equal(later(10_000), UNKNOWN_NAMES);
  for (let i = 0; i < 100_000; i++) later(i);
  const { epoch } = sequences;
  sequences.makeRoom();
  assert.notEqual(sequences.epoch, epoch);
  assert.notEqual(later(10_000), UNKNOWN_NAMES);
});

test('keys alone have a shape at once, however many names come only once', () => {
  const sequences = new NameSequences();
  const shapeOfKeys = (): number => {
    let sequence = NO_KEYS;
    for (const key of [3, 1, 3]) sequence = sequences.followKey(sequence, key);
    return sequences.keyShape(sequence, keyCount)?.number ?? noShape;
  };
  for (let i = 0; i < 5000; i++) {
    assert.equal(sequences.shape(sequenceOf(sequences, [`once ${i}`]), keyCount), undefined);
  }
  const shape = shapeOfKeys();
  assert.notEqual(shape, noShape);
  assert.equal(shapeOfKeys(), shape);
});
