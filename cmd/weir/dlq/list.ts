import { existsSync } from 'node:fs';
import { escapeControls } from '../query/escape-controls.ts';
import { printData, printJson, tell } from '../terminal.ts';
import { entriesOf } from './boxes.ts';
import type { Box } from './boxes.ts';

/** What `weir dlq list --json` prints for each exporter of a pipeline. */
interface Summary {
  readonly pipeline: string;
  readonly exporter: string;
  entries: number;
  items: number;
  /** Items by reason. */
  readonly reasons: Record<string, number>;
  oldest: string;
  newest: string;
  /** What the sink said last. */
  error: string;
}

/** Prints what is set aside: a line for each exporter of a pipeline, or for each entry. */
export async function listBoxes(
  {
    boxes,
    directories,
  }: { readonly boxes: readonly Box[]; readonly directories: readonly string[] },
  { json, entries }: { readonly json: boolean; readonly entries: boolean },
): Promise<void> {
  const rows = entries ? await listEntries(boxes) : await Promise.all(boxes.map(summarise));
  const filled = rows.filter((row) => row.items > 0);
  if (json) printJson(filled);
  else if (filled.length === 0)
    tell(`nothing is set aside in ${directories.map(named).join(', ')}`);
  else for (const row of filled) printData(escapeControls(formatRow(row)));
}

/** A daemon that was started with another data directory has its requests there. */
function named(directory: string): string {
  return existsSync(directory) ? directory : `${directory}, which is not there`;
}

type EntryRow = Awaited<ReturnType<typeof listEntries>>[number];

async function listEntries(boxes: readonly Box[]) {
  const rows = [];
  for (const { pipeline, exporter, folder, files } of boxes) {
    for await (const { id, time, signal, items, reason, error } of entriesOf(folder, files)) {
      rows.push({ id, pipeline, exporter, time, signal, items, reason, error });
    }
  }
  return rows;
}

async function summarise({ pipeline, exporter, folder, files }: Box): Promise<Summary> {
  const summary: Summary = {
    pipeline,
    exporter,
    entries: 0,
    items: 0,
    reasons: {},
    oldest: '',
    newest: '',
    error: '',
  };
  for await (const { time, items, reason, error } of entriesOf(folder, files)) {
    summary.entries += 1;
    summary.items += items;
    summary.reasons[reason] = (summary.reasons[reason] ?? 0) + items;
    if (summary.oldest === '' || time < summary.oldest) summary.oldest = time;
    if (time >= summary.newest) {
      summary.newest = time;
      summary.error = error;
    }
  }
  return summary;
}

function formatRow(row: Summary | EntryRow): string {
  if ('id' in row) {
    const { id, pipeline, exporter, time, items, reason, error } = row;
    return `${id}  ${pipeline}  ${exporter}  ${time}  ${items} items  ${reason}: ${error}`;
  }
  const { pipeline, exporter, entries, items, reasons, oldest, error } = row;
  const why = Object.entries(reasons).map(([reason, count]) => `${count} ${reason}`);
  return `${pipeline}  ${exporter}  ${items} items in ${entries} requests since ${oldest}  ${why.join(', ')}  last: ${error}`;
}
