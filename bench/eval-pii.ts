import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { detectorsOf } from '../processors/redaction/detectors/table.ts';
import type { Hit } from '../processors/redaction/hits.ts';
import { presets } from '../processors/redaction/presets.ts';
import { createScanner, toScannable } from '../processors/redaction/scanner.ts';
import { projectRoot } from '../test/support/project-root.ts';
import { evaluateCaptures } from './pii-captures.ts';
import { evaluateCleanText } from './pii-clean-text.ts';
import { encodeSample, encodings } from './pii-encodings.ts';
import { ruleOfHit, ruleOfLabel } from './pii-label-rules.ts';
import type { Row } from './pii-labels.ts';
import { rowOfEntity, rowOfLabel } from './pii-labels.ts';
import type { Half, Label, Sample } from './pii-samples.ts';
import { halfOf, halves, samplesIn } from './pii-samples.ts';
import {
  countFalse as addFalse,
  countFound as addFound,
  createTables,
  printTables,
} from './pii-tables.ts';
import type { Tables } from './pii-tables.ts';

/**
 * `npm run eval:pii`: recall and precision of the default preset on labelled samples, by entity and by encoding, for the
 * half that rules were looked at with and for the half that was held out; then hits in text that holds nobody's data.
 * `EVAL_SHOW=<row>` prints what was missed of the first half, `<row>-false` what was taken wrongly, `all` both of all.
 */

const shown = process.env['EVAL_SHOW'];
const scan = createScanner(detectorsOf(presets.default));

function main(): void {
  const fixtures = process.env['WEIR_FIXTURES'] ?? join(projectRoot, '../shared/fixtures');
  const folder = join(fixtures, 'pii');
  if (existsSync(folder)) {
    evaluateSamples(folder);
    evaluateCaptures(fixtures, entitiesIn);
  } else console.log(`no samples in ${folder}; set WEIR_FIXTURES to the folder that holds pii/`);
  evaluateCleanText(hitsIn, shown);
}

function evaluateSamples(folder: string): void {
  const tables: Readonly<Record<Half, Tables>> = {
    tuned: createTables(),
    'held out': createTables(),
  };
  for (const sample of samplesIn(folder)) {
    const half = halfOf(sample);
    evaluate(sample, tables[half], half === 'tuned');
    if (sample.variant === 'context' && sample.entities.length === 1) {
      evaluateEncodings(sample, tables[half]);
    }
  }
  for (const half of halves) printTables(half, tables[half]);
}

function hitsIn(text: string): readonly Hit[] {
  const { bytes, size } = toScannable(text);
  return scan({ bytes, size, keyAt: () => '' }).hits;
}

/** What is found in the value of an attribute, as the processor scans it: behind its key, with a NUL between. */
function entitiesIn(key: string, value: string): string[] {
  const { bytes, size } = toScannable(`${key}\0${value}`);
  const valueAt = Buffer.byteLength(key) + 1;
  const { hits } = scan({ bytes, size, keyAt: (at) => (at < valueAt ? '' : key) });
  return hits.map(({ entity }) => entity);
}

interface Place {
  readonly label: Label;
  readonly row: Row;
  readonly start: number;
  readonly end: number;
}

function placesOf({ text, entities }: Sample): Place[] {
  return entities.flatMap((label) => {
    const row = rowOfLabel(label.type);
    if (row === undefined) return [];
    const start = Buffer.byteLength(text.slice(0, label.start16));
    const end = Buffer.byteLength(text.slice(0, label.end16));
    return [{ label, row, start, end }];
  });
}

function evaluate(sample: Sample, tables: Tables, isShown: boolean): void {
  const hits = hitsIn(sample.text);
  const places = placesOf(sample);
  for (const place of places) {
    const isFound = isFoundBy(hits, place);
    const rule = ruleOfLabel({ row: place.row, value: place.label.value, sample });
    addFound(tables, { row: place.row, isFound, rule, variant: sample.variant });
    if (isShown && !isFound && rule === undefined) show(place.row, 'missed', sample);
  }
  evaluateFalse(sample, { places, hits }, tables, isShown);
}

function isFoundBy(hits: readonly Hit[], { row, start, end, label }: Place): boolean {
  const trimmed = row === 'secret' ? secretIn(label.value) : { from: 0, to: 0 };
  return hits.some(
    (hit) => rowOfEntity(hit.entity) === row && covers(hit, start + trimmed.from, end - trimmed.to),
  );
}

/** Labels of secrets can hold the name, the quotes or the URL around what is secret: how much of them, in front and behind. */
function secretIn(value: string): { readonly from: number; readonly to: number } {
  const url = /^\w+:\/\/(?=[^/@]*@)/.exec(value);
  if (url !== null) return { from: url[0].length, to: value.length - value.lastIndexOf('@') };
  const name = /^\S*?[\w.-]["']?\s*(?::=|[:=])\s*["']?(?=[^\s"']{8,}["']?$)/.exec(value)?.[0] ?? '';
  return { from: name.length, to: /["']$/.test(value) ? 1 : 0 };
}

/** True where a hit takes at least half of the label away; labels of mail addresses can hold a display name. */
function covers(hit: Hit, start: number, end: number): boolean {
  if (hit.entity === 'email' && hit.start >= start && hit.end <= end) return true;
  return Math.min(hit.end, end) - Math.max(hit.start, start) >= (end - start) / 2;
}

interface Found {
  readonly places: readonly Place[];
  readonly hits: readonly Hit[];
}

function evaluateFalse(
  sample: Sample,
  { places, hits }: Found,
  tables: Tables,
  isShown: boolean,
): void {
  const complete = completeRows(sample);
  const isClean = sample.neg_types?.includes('ANY') === true;
  const source = Buffer.from(sample.text);
  for (const hit of hits) {
    const row = rowOfEntity(hit.entity);
    if (!isClean && !complete.has(row)) continue;
    const value = source.subarray(hit.start, hit.end);
    const isKnown = places.some(
      ({ start, end }) =>
        (hit.start < end && start < hit.end) ||
        // A labelled value may stand in the text once more, unlabelled.
        source.subarray(start, end).includes(value),
    );
    if (isKnown) continue;
    const rule = ruleOfHit({ row, entity: hit.entity, value: value.toString(), sample });
    addFalse(tables, { row, rule, variant: sample.variant });
    if (isShown && rule === undefined) show(`${row}-false`, value.toString(), sample);
  }
}

/** Rows for which the labels are complete. A vendor's secret is so for that vendor only; another rule may rightly take it. */
function completeRows(sample: Sample): ReadonlySet<Row | undefined> {
  const types = [...(sample.label_types ?? []), ...(sample.neg_types ?? [])];
  const rows = types.filter((type) => !type.startsWith('SECRET:')).map(rowOfLabel);
  return new Set(rows.filter((row) => row !== 'secret'));
}

function show(name: string, what: string, { text }: Sample): void {
  if (shown === name || shown === 'all') {
    console.log(name, what, JSON.stringify(text.slice(0, 200)));
  }
}

/** The same value in each encoding, so that only the encoding differs. */
function evaluateEncodings(sample: Sample, tables: Tables): void {
  const [place] = placesOf(sample);
  if (place === undefined) return;
  if (ruleOfLabel({ row: place.row, value: place.label.value, sample }) !== undefined) return;
  for (const [name, encoding] of Object.entries(encodings)) {
    const encoded = encodeSample(sample, encoding);
    const [moved] = placesOf(encoded);
    const hits = hitsIn(encoded.text);
    const isFound = moved !== undefined && isFoundBy(hits, moved);
    addFound(tables, { row: undefined, isFound, rule: undefined, variant: `same: ${name}` });
  }
}

main();
