import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import type { Outcome } from '../../pipeline/component/outcome.ts';
import { createRecordingContext } from '../../test/support/component-context.ts';
import { fileExporter } from './factory.ts';

// The limit on the size of files binds a whole process, so the test runs this file again as a child, with a path.
const [, , pathInChild] = process.argv;
if (pathInChild !== undefined) await writeUnderLimit(pathInChild);
else {
  const isPosix = process.platform !== 'win32';
  it('cuts a partial write back, and goes on when there is room', { skip: !isPosix }, () => {
    const directory = mkdtempSync(join(tmpdir(), 'weir-file-'));
    const path = join(directory, 'out.jsonl');
    // 16 blocks of 512 bytes; without the signal the write stops in the middle and the next one fails with EFBIG.
    const command = 'trap "" XFSZ; ulimit -f 16; exec "$0" "$1" "$2"';
    const child = ['-c', command, process.execPath, import.meta.filename, path];
    const printed = execFileSync('sh', child).toString();
    rmSync(directory, { recursive: true });
    assert.deepEqual(JSON.parse(printed), {
      kinds: ['delivered', 'retryable', 'delivered'],
      message: `${path} cannot be written: the file is at the largest size allowed: use \`rotation\``,
      sizes: [6000, 6000, 7000],
    });
  });
}

/** Writes what fits, what fits in part only, and what fits again; prints the outcomes and how long the file was after each. */
async function writeUnderLimit(path: string): Promise<void> {
  const exporter = fileExporter.create({ path }, createRecordingContext('file'));
  await exporter.start?.();
  const outcomes: Outcome[] = [];
  const sizes: number[] = [];
  for (const bytes of [6000, 4000, 1000]) {
    const abort = new AbortController().signal;
    const payload = { body: Buffer.alloc(bytes, 'x'), items: 1 };
    outcomes.push(await exporter.send(payload, { id: '1', signal: 'traces', attempt: 1, abort }));
    sizes.push(statSync(path).size);
  }
  await exporter.shutdown?.();
  const failed = outcomes.find((outcome) => outcome.kind === 'retryable');
  const kinds = outcomes.map((outcome) => outcome.kind);
  process.stdout.write(JSON.stringify({ kinds, message: failed?.message, sizes }));
}
