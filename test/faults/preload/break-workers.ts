import { existsSync, writeFileSync } from 'node:fs';
import { createRequire, syncBuiltinESMExports } from 'node:module';
import { isMainThread } from 'node:worker_threads';
import type * as Zlib from 'node:zlib';

/**
 * Preloaded into a daemon under test: its workers inflate gzip, and a body that holds `weir-fault:<fault>` breaks the
 * worker at that moment. `exit-once` does so for the first time only, for which it leaves a file in the working directory.
 */
const faults: Readonly<Record<string, () => void>> = {
  throw: () => {
    throw new Error('as the test wants');
  },
  exit: () => process.exit(1),
  'exit-once': () => {
    if (existsSync('exited-once')) return;
    writeFileSync('exited-once', '');
    process.exit(1);
  },
  heap: () => {
    const kept: object[] = [];
    for (;;) kept.push(new Array<number>(1_000_000).fill(0.5));
  },
  hang: () => {
    for (;;);
  },
};

if (!isMainThread) {
  // The module namespace cannot be changed; its CommonJS twin can, and is copied into it.
  const zlib = createRequire(import.meta.url)('node:zlib') as {
    gunzipSync: typeof Zlib.gunzipSync;
  };
  const { gunzipSync } = zlib;
  zlib.gunzipSync = (body, options) => {
    const inflated = gunzipSync(body, options);
    const fault = /weir-fault:([a-z-]+)/.exec(inflated.toString('latin1'))?.[1] ?? '';
    faults[fault]?.();
    return inflated;
  };
  syncBuiltinESMExports();
}
