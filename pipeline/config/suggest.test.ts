import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { suggest } from './suggest.ts';

describe('a suggestion', () => {
  const keys = ['endpoint', 'timeout', 'retry_on_failure', 'sending_queue', 'max_elapsed_time'];

  it('finds the key behind a slip of the finger', () => {
    assert.equal(suggest('endpiont', keys), 'endpoint');
    assert.equal(suggest('timout', keys), 'timeout');
    assert.equal(suggest('sending_queues', keys), 'sending_queue');
  });

  it('sees through other ways to write words', () => {
    assert.equal(suggest('retryOnFailure', keys), 'retry_on_failure');
    assert.equal(suggest('sending-queue', keys), 'sending_queue');
  });

  it('completes a word that begins only one key', () => {
    assert.equal(suggest('max_elapsed', keys), 'max_elapsed_time');
  });

  it('is not made where nothing is near', () => {
    assert.equal(suggest('kafka', keys), undefined);
    assert.equal(suggest('', keys), undefined);
  });

  it('finds any longer word after one letter was left out', () => {
    const word = fc.stringMatching(/^[a-z]{6,12}$/);
    fc.assert(
      fc.property(word, fc.nat(), (text, at) => {
        const index = at % text.length;
        const slip = text.slice(0, index) + text.slice(index + 1);
        assert.equal(suggest(slip, [text]), text);
      }),
    );
  });
});
