import { statSync } from 'node:fs';
import type { Outcome } from '../../pipeline/component/outcome.ts';
import { createRecordingContext } from '../../test/support/component-context.ts';
import { fileExporter } from './factory.ts';

// Run by file.test.ts in a process whose files may not grow over 8 KiB: 6000 bytes fit, 4000 more do only in part, and
// 1000 more fit again. Prints what became of each and how long the file was after it.
const [, , path = ''] = process.argv;
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
