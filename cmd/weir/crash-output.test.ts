import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { runForTest } from '../../test/support/child-of-test.ts';
import { crashOutput } from './crash-output.ts';

const value = 'jane@example.org';

describe('what a crash prints', () => {
  it('is where the error was thrown, and nothing that it quotes', () => {
    const error = Object.assign(new TypeError(`no ${value}\n    at ${value}`), {
      code: 'ERR_X',
      input: value,
    });
    const output = crashOutput(error);
    assert.match(output, /^weir: crashed by TypeError \(ERR_X\)\n\s+at .*crash-output\.test/);
    assert.doesNotMatch(output, /jane/);
    assert.equal(crashOutput(value), 'weir: crashed by a thrown string\n');
  });

  it('quotes nothing either where nobody caught the error', async () => {
    // Frames name the script, which is why it puts the value together.
    const thrower = `process.on('newListener', (event) => {
      if (event === 'uncaughtException') setImmediate(() => JSON.parse(['jane', 'example.org'].join('@')));
    });`;
    const script = `data:text/javascript,${encodeURIComponent(thrower)}`;
    const main = join(import.meta.dirname, 'main.js');
    const run = await runForTest(process.execPath, [`--import=${script}`, main, 'version'], {});
    assert.equal(run.code, 1);
    assert.match(run.stderr, /weir: crashed by SyntaxError\n/);
    assert.ok(!(run.stdout + run.stderr).includes(value), run.stderr);
  });
});
