import { readFile } from 'node:fs/promises';
import { createSpanReader } from '../../../exporters/debug/read-span.ts';
import type { SpanRow } from '../../../exporters/debug/span-row.ts';
import { createBatchReader } from '../../../pipeline/batch/batch-reader.ts';
import { createKeys } from '../../../pipeline/batch/create-keys.ts';
import { decodeJson } from '../../../pipeline/otlp/decode-json.ts';
import type { ReadSpans } from './store-rows.ts';

/** A reader of what the file exporter wrote as lines of OTLP/JSON; a file that is not there yet holds no spans. */
export function createFileReader(path: string): ReadSpans {
  const keys = createKeys();
  const readSpan = createSpanReader(keys);
  const reader = createBatchReader(keys);
  return async (traceIds) => {
    const wanted = new Set(traceIds);
    const lines = (await readLines(path)).filter((line) => line.startsWith('{"resourceSpans"'));
    const rows: SpanRow[] = [];
    for (const line of lines) {
      if (!traceIds.some((id) => line.includes(id))) continue;
      for (const span of reader.open('traces', decodeJson('traces', Buffer.from(line)))) {
        if (wanted.has(span.traceId.hex())) rows.push(readSpan(span, []));
      }
    }
    return rows;
  };
}

async function readLines(path: string): Promise<string[]> {
  try {
    // What follows the last newline is being written.
    return (await readFile(path, 'utf8')).split('\n').slice(0, -1);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}
