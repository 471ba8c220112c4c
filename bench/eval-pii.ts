import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { detectorTable } from '../processors/redaction/detectors/table.ts';
import type { Entity } from '../processors/redaction/entity.ts';
import { entities } from '../processors/redaction/entity.ts';
import type { Hit } from '../processors/redaction/hits.ts';
import { uniteHits } from '../processors/redaction/hits.ts';
import type { Scanner } from '../processors/redaction/scanner.ts';
import { createScanner, toScannable } from '../processors/redaction/scanner.ts';
import { projectRoot } from '../test/support/project-root.ts';

/** Prints recall and precision of the redaction's detectors on labelled samples: `npm run eval:pii`. */

interface Label {
  readonly type: string;
  readonly start16: number;
  readonly end16: number;
}

/** One line of a sample file; offsets are UTF-16 code units. */
interface Sample {
  readonly text: string;
  readonly entities: readonly Label[];
  readonly kind: string;
  readonly variant?: string;
  /** Types for which the labels are complete. */
  readonly label_types?: readonly string[];
  readonly neg_types?: readonly string[];
}

interface Score {
  labelled: number;
  found: number;
  falseHits: number;
}

/** Rows of the table; secrets are labelled by vendor and counted as one. */
type Row =
  Exclude<Entity, 'private_key' | 'jwt' | 'api_key' | 'url_credentials' | 'credential'> | 'secret';

const rowOfType: Readonly<Record<string, Row>> = {
  EMAIL_ADDRESS: 'email',
  CREDIT_CARD: 'card',
  US_SSN: 'us_ssn',
  US_ITIN: 'us_ssn',
  IP_ADDRESS: 'ip',
  PHONE_NUMBER: 'phone',
  JWT: 'secret',
  GITHUB_TOKEN: 'secret',
};

function rowOf(type: string): Row | undefined {
  return type.startsWith('SECRET') ? 'secret' : rowOfType[type];
}

function rowOfEntity(entity: Entity): Row {
  switch (entity) {
    case 'card':
    case 'us_ssn':
    case 'email':
    case 'ip':
    case 'phone':
      return entity;
    case 'private_key':
    case 'jwt':
    case 'api_key':
    case 'url_credentials':
    case 'credential':
      return 'secret';
  }
}

interface Tables {
  readonly byRow: Map<string, Score>;
  readonly byVariant: Map<string, Score>;
}

const shown = process.env['EVAL_SHOW'];

function main(): void {
  const folder = process.env['WEIR_FIXTURES'] ?? join(projectRoot, '../shared/fixtures');
  const samples = join(folder, 'pii');
  if (!existsSync(samples)) {
    console.log(
      `eval:pii: no samples in ${samples}; set WEIR_FIXTURES to the folder that holds pii/`,
    );
    return;
  }
  const scan = createScanner(entities.flatMap((entity) => detectorTable[entity]));
  const tables: Tables = { byRow: new Map(), byVariant: new Map() };
  for (const file of readdirSync(samples).filter((name) => name.endsWith('.jsonl.gz'))) {
    const lines = gunzipSync(readFileSync(join(samples, file)))
      .toString()
      .trim()
      .split('\n');
    // The files are our own and hold what their README says.
    for (const line of lines) evaluate(JSON.parse(line) as Sample, scan, tables);
  }
  print('entity', tables.byRow);
  print('variant', tables.byVariant);
}

function evaluate(sample: Sample, scan: Scanner, tables: Tables): void {
  if (sample.kind === 'validator') return;
  const { bytes, size } = toScannable(sample.text);
  const hits = uniteHits(scan({ bytes, size, keyAt: () => '' }).hits);
  const labels = sample.entities.map((label) => ({
    row: rowOf(label.type),
    start: Buffer.byteLength(sample.text.slice(0, label.start16)),
    end: Buffer.byteLength(sample.text.slice(0, label.end16)),
  }));
  countFound(sample, labels, hits, tables);
  countFalse(sample, labels, hits, tables);
}

interface Place {
  readonly row: Row | undefined;
  readonly start: number;
  readonly end: number;
}

function countFound(
  sample: Sample,
  labels: readonly Place[],
  hits: readonly Hit[],
  tables: Tables,
): void {
  for (const { row, start, end } of labels) {
    if (row === undefined) continue;
    const isFound = hits.some((hit) => rowOfEntity(hit.entity) === row && covers(hit, start, end));
    for (const score of scoresOf(tables, row, sample.variant)) {
      score.labelled++;
      if (isFound) score.found++;
    }
    if (!isFound && shown === row) console.log('missed', JSON.stringify(sample.text.slice(0, 300)));
  }
}

function countFalse(
  sample: Sample,
  labels: readonly Place[],
  hits: readonly Hit[],
  tables: Tables,
): void {
  // A vendor's secret is complete for that vendor only, and another rule may rightly take it.
  const types = (sample.label_types ?? []).filter((type) => !type.startsWith('SECRET:'));
  const complete = new Set(types.map(rowOf));
  const isClean = sample.neg_types?.includes('ANY') === true;
  const source = Buffer.from(sample.text);
  for (const hit of hits) {
    const row = rowOfEntity(hit.entity);
    if (!isClean && !complete.has(row)) continue;
    // A labelled value may stand in the text once more, unlabelled.
    const value = source.subarray(hit.start, hit.end);
    const isKnown = labels.some(
      (label) =>
        (hit.start < label.end && label.start < hit.end) ||
        source.subarray(label.start, label.end).includes(value),
    );
    if (isKnown) continue;
    for (const score of scoresOf(tables, row, sample.variant)) score.falseHits++;
    if (shown === `${row}-false`)
      console.log('false', hit.entity, JSON.stringify(sample.text.slice(0, 300)));
  }
}

/** True where a hit takes at least half of the label away. */
function covers(hit: Hit, start: number, end: number): boolean {
  return Math.min(hit.end, end) - Math.max(hit.start, start) >= (end - start) / 2;
}

function scoresOf(tables: Tables, row: Row, variant: string | undefined): Score[] {
  const scores = [scoreOf(tables.byRow, row)];
  if (variant !== undefined) scores.push(scoreOf(tables.byVariant, variant));
  return scores;
}

function scoreOf(scores: Map<string, Score>, name: string): Score {
  const score = scores.get(name) ?? { labelled: 0, found: 0, falseHits: 0 };
  scores.set(name, score);
  return score;
}

function print(title: string, scores: ReadonlyMap<string, Score>): void {
  console.log(`${title.padEnd(22)}labelled   found  recall   false  precision`);
  for (const [name, { labelled, found, falseHits }] of [...scores].sort()) {
    const recall = labelled === 0 ? '-' : (found / labelled).toFixed(3);
    const precision = found + falseHits === 0 ? '-' : (found / (found + falseHits)).toFixed(3);
    console.log(
      `${name.padEnd(22)}${String(labelled).padStart(8)}${String(found).padStart(8)}${recall.padStart(8)}${String(falseHits).padStart(8)}${precision.padStart(11)}`,
    );
  }
}

main();
