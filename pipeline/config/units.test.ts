import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { parseByteSize } from './byte-size.ts';
import { parseDuration } from './parse-duration.ts';
import { formatByteSize, formatDuration } from './format-size.ts';

describe('durations', () => {
  it('are read as Go writes them', () => {
    assert.equal(parseDuration('200ms'), 200);
    assert.equal(parseDuration('1h30m'), 5_400_000);
    assert.equal(parseDuration('1.5s'), 1500);
    assert.equal(parseDuration('0'), 0);
    assert.equal(parseDuration('250us'), 0.25);
  });

  it('are refused without a unit, with days, or with anything around', () => {
    for (const text of ['5', '1d', '', ' 5s', '5 s', '-5s', 's', '5s!']) {
      assert.equal(parseDuration(text), undefined, text);
    }
  });

  it('come back as they were when written', () => {
    fc.assert(
      fc.property(fc.nat({ max: 1e9 }), (ms) => {
        assert.equal(parseDuration(formatDuration(ms)), ms);
      }),
    );
  });
});

describe('sizes', () => {
  it('are read in decimal and binary units', () => {
    assert.equal(parseByteSize('4MiB'), 4 * 1024 * 1024);
    assert.equal(parseByteSize('1.5GB'), 1.5e9);
    assert.equal(parseByteSize('512'), 512);
  });

  it('are refused in units that do not exist', () => {
    for (const text of ['1TB', '4mib', '-1', '', '4M', '1.5']) {
      assert.equal(parseByteSize(text), undefined, text);
    }
  });

  it('come back as they were when written', () => {
    fc.assert(
      fc.property(fc.nat(), (bytes) => {
        assert.equal(parseByteSize(formatByteSize(bytes)), bytes);
      }),
    );
  });
});
