import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestDaemon } from './daemon.ts';

/** Every file that a daemon wrote and what it printed, as one latin1 text: what must not be written is in none of it. */
export function everythingWritten(daemon: TestDaemon): string {
  const files = readdirSync(daemon.directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== 'config.yaml')
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'));
  return [...files, daemon.output()].join('\n');
}
