import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { allDetectors, idRules } from '../processors/redaction/detectors/table.ts';
import type { Hit } from '../processors/redaction/hits.ts';
import { createScanner, toScannable } from '../processors/redaction/scanner.ts';
import { projectRoot } from '../test/support/project-root.ts';
import { gatherCleanText } from './pii-clean-text.ts';
import type { Row } from './pii-labels.ts';
import { rowOfEntity, rowOfLabel } from './pii-labels.ts';

/**
 * `npm run eval:pii`: recall and precision of the redaction's detectors on labelled samples, by entity and by encoding,
 * for the half that rules were looked at with and for the half that was held out; then hits in text that holds nobody's
 * data. `EVAL_SHOW=<row>` prints what was missed of the first half, `<row>-false` what was taken wrongly.
 */

interface Label {
  readonly type: string;
  readonly start16: number;
  readonly end16: number;
  readonly value: string;
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
  /** Labels that the policy leaves alone: see `isLeft`. */
  left: number;
}

interface Tables {
  readonly byRow: Map<string, Score>;
  readonly byVariant: Map<string, Score>;
  /** Whether single samples may be printed. */
  readonly isShown: boolean;
}

type Half = 'tuned' | 'held out';

const shown = process.env['EVAL_SHOW'];
const scan = createScanner(allDetectors);

/** Rows whose bare form means nothing without a word, as the redaction's README says. */
const namedRows: ReadonlySet<Row> = new Set<Row>([
  'us_itin',
  'us_ssn',
  'phone',
  'mac',
  ...idRules.map(({ entity }) => entity),
]);

/** Variants whose texts have no word that names the value. */
const wordless = new Set(['nocontext', 'percent-encoded']);

function main(): void {
  const folder = join(
    process.env['WEIR_FIXTURES'] ?? join(projectRoot, '../shared/fixtures'),
    'pii',
  );
  if (existsSync(folder)) evaluateSamples(folder);
  else console.log(`no samples in ${folder}; set WEIR_FIXTURES to the folder that holds pii/`);
  evaluateCleanText();
}

function evaluateSamples(folder: string): void {
  const halves: Record<Half, Tables> = {
    tuned: { byRow: new Map(), byVariant: new Map(), isShown: true },
    'held out': { byRow: new Map(), byVariant: new Map(), isShown: false },
  };
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.jsonl.gz'))) {
    const lines = gunzipSync(readFileSync(join(folder, file)))
      .toString()
      .trim()
      .split('\n');
    for (const line of lines) {
      // The files are our own and hold what their README says.
      const sample = JSON.parse(line) as Sample;
      const half = halfOf(sample);
      evaluate(sample, halves[half]);
    }
  }
  for (const half of ['tuned', 'held out'] as const) {
    print(`entity, ${half}`, halves[half].byRow);
    print(`encoding, ${half}`, halves[half].byVariant);
  }
}

/** One value is in one half, however it was encoded. */
function halfOf(sample: Sample): Half {
  const value = (sample.entities[0]?.value ?? sample.text).replace(/\W/g, '');
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(value)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return ((hash >>> 7) & 1) === 0 ? 'tuned' : 'held out';
}

interface Place {
  readonly row: Row | undefined;
  readonly start: number;
  readonly end: number;
}

function evaluate(sample: Sample, tables: Tables): void {
  const text = textOf(sample);
  const shift = text.length - sample.text.length;
  const { bytes, size } = toScannable(text);
  const { hits } = scan({ bytes, size, keyAt: () => '' });
  const labels = sample.entities.map((label) => ({
    row: rowOfLabel(label.type),
    start: Buffer.byteLength(text.slice(0, label.start16 + shift)),
    end: Buffer.byteLength(text.slice(0, label.end16 + shift)),
  }));
  countFound(sample, labels, hits, tables);
  countFalse(sample, labels, hits, tables);
}

/** Values that are given bare get the word that makes them one. */
function textOf(sample: Sample): string {
  if (sample.kind !== 'validator') return sample.text;
  const row = rowOfLabel(sample.entities[0]?.type ?? sample.neg_types?.[0] ?? '');
  const word = idRules.find(({ entity }) => entity === row)?.words[0] ?? 'value';
  return `${word}: ${sample.text}`;
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
    const isByPolicy = !isFound && isLeft(row, sample, start, end);
    for (const score of scoresOf(tables, row, sample)) {
      if (isByPolicy) score.left++;
      else score.labelled++;
      if (isFound) score.found++;
    }
    const isMissed = !isFound && !isByPolicy && (shown === row || shown === 'all');
    if (tables.isShown && isMissed)
      console.log('missed', row, JSON.stringify(sample.text.slice(0, 200)));
  }
}

/** True for labels that the policy leaves alone: bare numbers without a word, and addresses that are nobody's. */
function isLeft(row: Row, sample: Sample, start: number, end: number): boolean {
  if (namedRows.has(row) && wordless.has(sample.variant ?? '')) return true;
  const value = Buffer.from(textOf(sample)).toString('utf8', start, end).replaceAll('\\u002e', '.');
  const rules = idRules.filter(({ entity }) => entity === row);
  const id = value.replace(/[^\dA-Za-z]/g, '').toUpperCase();
  // Labels of recognisers that look at the form alone: checksums decide here.
  if (rules.length > 0 && !rules.some(({ isValid }) => isValid(id))) return true;
  // Placeholders, which no scheme gives out.
  if (/^\D*(\d)(?:\D*\1)*\D*$/.test(value) && !/[A-Za-z]/.test(value)) return true;
  if (row === 'ip') return /^(?:127\.|0\.0\.0\.0|255\.|::1?$)/.test(value);
  return row === 'mac' && /^(?:FF.?)+$/i.test(value);
}

function countFalse(
  sample: Sample,
  labels: readonly Place[],
  hits: readonly Hit[],
  tables: Tables,
): void {
  // A vendor's secret is complete for that vendor only, and another rule may rightly take it.
  const types = [...(sample.label_types ?? []), ...(sample.neg_types ?? [])];
  const complete = new Set(types.filter((type) => !type.startsWith('SECRET:')).map(rowOfLabel));
  const isClean = sample.neg_types?.includes('ANY') === true;
  const source = Buffer.from(textOf(sample));
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
    for (const score of scoresOf(tables, row, sample)) score.falseHits++;
    if (tables.isShown && (shown === `${row}-false` || shown === 'all-false')) {
      console.log('false', hit.entity, value.toString(), JSON.stringify(sample.text.slice(0, 200)));
    }
  }
}

/** True where a hit takes at least half of the label away; labels of mail addresses can hold a display name. */
function covers(hit: Hit, start: number, end: number): boolean {
  if (hit.entity === 'email' && hit.start >= start && hit.end <= end) return true;
  return Math.min(hit.end, end) - Math.max(hit.start, start) >= (end - start) / 2;
}

function scoresOf(tables: Tables, row: Row, sample: Sample): Score[] {
  const scores = [scoreOf(tables.byRow, row)];
  const isId = row !== 'secret' && row !== 'email' && row !== 'ip';
  if (isId) scores.push(scoreOf(tables.byRow, '(all numbers)'));
  if (sample.variant !== undefined) scores.push(scoreOf(tables.byVariant, sample.variant));
  return scores;
}

function scoreOf(scores: Map<string, Score>, name: string): Score {
  const score = scores.get(name) ?? { labelled: 0, found: 0, falseHits: 0, left: 0 };
  scores.set(name, score);
  return score;
}

function print(title: string, scores: ReadonlyMap<string, Score>): void {
  console.log(`\n${title.padEnd(22)}labelled   found  recall   false  precision     left`);
  for (const [name, { labelled, found, falseHits, left }] of [...scores].sort()) {
    const recall = labelled === 0 ? '-' : (found / labelled).toFixed(3);
    const precision = found + falseHits === 0 ? '-' : (found / (found + falseHits)).toFixed(3);
    console.log(
      `${name.padEnd(22)}${String(labelled).padStart(8)}${String(found).padStart(8)}${recall.padStart(8)}${String(falseHits).padStart(8)}${precision.padStart(11)}${String(left).padStart(9)}`,
    );
  }
}

/** Bytes of each kind of clean text. */
const cleanBytes = 6_000_000;

const roots = ['node_modules', 'docs'].map((name) => join(projectRoot, name));
const systemRoots = [
  '/usr/share/doc',
  '/usr/share/perl',
  '/usr/lib/python3',
  '/usr/include',
  '/var/log',
];

function evaluateCleanText(): void {
  for (const kind of ['documentation', 'code', 'logs']) {
    const texts = gatherCleanText([...roots, ...systemRoots], kind, cleanBytes);
    const counts = new Map<string, number>();
    let size = 0;
    for (const text of texts) size += countHits(text, kind, counts);
    const rates = [...counts].map(
      ([entity, count]) => `${entity} ${((count * 1e6) / size).toFixed(2)}`,
    );
    console.log(`\n${kind}, ${(size / 1e6).toFixed(1)} MB; hits a MB: ${rates.sort().join(', ')}`);
  }
}

/** Counts the hits of one text by entity; returns its size. */
function countHits(text: string, kind: string, counts: Map<string, number>): number {
  const { bytes, size } = toScannable(text);
  for (const { entity, start, end } of scan({ bytes, size, keyAt: () => '' }).hits) {
    counts.set(entity, (counts.get(entity) ?? 0) + 1);
    if (shown !== `${kind}:${entity}` && shown !== `${kind}:all`) continue;
    const source = Buffer.from(bytes.buffer, bytes.byteOffset, size);
    const context = source.toString('utf8', Math.max(0, start - 60), Math.min(end, start + 80));
    console.log(entity, JSON.stringify(context));
  }
  return size;
}

main();
