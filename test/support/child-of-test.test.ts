import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import type { Ending } from './daemon.ts';

const library = pathToFileURL(join(import.meta.dirname, 'child-of-test.js')).href;

/**
 * Starts a process that starts one of its own, which never ends by itself, and then runs some code. The grandchild holds the
 * pipe that both write to: it closes when both are gone.
 */
async function startBoth(code: string): Promise<ChildProcess> {
  const script = `
    import { once } from 'node:events';
    import { spawnForTest, waitFor } from ${JSON.stringify(library)};
    const up = 'console.log("up"); fs.writeSync(3, "up"); setInterval(() => {}, 1000)';
    const command = [process.execPath, ['-e', up]];
    const ended = spawnForTest(...command, { stdio: 'ignore' });
    ended.kill();
    const child = spawnForTest(...command, { stdio: ['ignore', 'inherit', 'ignore', 'pipe'] });
    await once(child.stdio[3], 'data');
    child.stdio[3].destroy();
    ${code}
  `;
  const parent = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  await once(parent.stdout, 'data');
  return parent;
}

function untilClosed(parent: ChildProcess): Promise<Ending> {
  return new Promise((resolve) => {
    parent.once('close', (code, signal) => {
      resolve({ code, signal });
    });
  });
}

/** Longer than a process takes on a busy machine; what outlives it would do so for ever. */
const options = { timeout: 240_000 };

describe('a process that a test starts', options, () => {
  it('ends when the test fails outside of what is awaited', async () => {
    const parent = await startBoth(`setTimeout(() => { throw new Error('no'); });`);
    const { code } = await untilClosed(parent);
    assert.equal(code, 1);
  });

  it('ends when the test has nothing more to do, and does not keep it alive', async () => {
    const parent = await startBoth('');
    const { code } = await untilClosed(parent);
    assert.equal(code, 0);
  });

  it('ends when the test is killed', async () => {
    const parent = await startBoth('setInterval(() => undefined, 1000);');
    parent.kill('SIGKILL');
    const { signal } = await untilClosed(parent);
    assert.equal(signal, 'SIGKILL');
  });

  it('is waited for where that is asked for', async () => {
    const parent = await startBoth(`child.kill('SIGTERM'); waitFor(child);
      child.once('close', (code, signal) => { process.exitCode = signal === 'SIGTERM' ? 7 : 8; });`);
    const { code } = await untilClosed(parent);
    assert.equal(code, 7);
  });
});
