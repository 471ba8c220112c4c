import type { Row } from './pii-labels.ts';

/** Counts of one line of a table. */
interface Score {
  labelled: number;
  found: number;
  falseHits: number;
  /** Labels and hits that a rule about the labels leaves out. */
  left: number;
  leftHits: number;
}

/** The counts of one half of the samples. */
export interface Tables {
  readonly byRow: Map<string, Score>;
  readonly byVariant: Map<string, Score>;
  readonly byRule: Map<string, number>;
}

/** Empty tables. */
export function createTables(): Tables {
  return { byRow: new Map(), byVariant: new Map(), byRule: new Map() };
}

interface Case {
  readonly row: Row | undefined;
  /** The rule about labels that leaves the case out. */
  readonly rule: string | undefined;
  readonly variant: string | undefined;
}

/** Counts one label. */
export function countFound(tables: Tables, label: Case & { readonly isFound: boolean }): void {
  countRule(tables, label.rule);
  for (const score of scoresOf(tables, label)) {
    if (label.rule !== undefined) score.left++;
    else score.labelled++;
    if (label.rule === undefined && label.isFound) score.found++;
  }
}

/** Counts one hit beside the labels. */
export function countFalse(tables: Tables, hit: Case): void {
  countRule(tables, hit.rule);
  for (const score of scoresOf(tables, hit)) {
    if (hit.rule === undefined) score.falseHits++;
    else score.leftHits++;
  }
}

function countRule({ byRule }: Tables, rule: string | undefined): void {
  if (rule !== undefined) byRule.set(rule, (byRule.get(rule) ?? 0) + 1);
}

function scoresOf(tables: Tables, { row, variant }: Case): Score[] {
  const scores: Score[] = [];
  if (row !== undefined) {
    scores.push(scoreOf(tables.byRow, row), scoreOf(tables.byRow, '(everything)'));
    const isId = row !== 'secret' && row !== 'email' && row !== 'ip';
    if (isId) scores.push(scoreOf(tables.byRow, '(all numbers)'));
  }
  if (variant !== undefined) scores.push(scoreOf(tables.byVariant, variant));
  return scores;
}

function scoreOf(scores: Map<string, Score>, name: string): Score {
  const score = scores.get(name) ?? { labelled: 0, found: 0, falseHits: 0, left: 0, leftHits: 0 };
  scores.set(name, score);
  return score;
}

/** Prints the tables of one half; `left` are labels and hits that a rule leaves out. */
export function printTables(half: string, tables: Tables): void {
  print(`entity, ${half}`, tables.byRow);
  print(`encoding, ${half}`, tables.byVariant);
  console.log(`\nlabels and hits left out, ${half}`);
  for (const [rule, count] of [...tables.byRule].sort()) {
    console.log(`${String(count).padStart(6)}  ${rule}`);
  }
}

const columns = ['labelled', 'found', 'recall', 'false', 'precision', 'left', 'left hits'];

function print(title: string, scores: ReadonlyMap<string, Score>): void {
  console.log(`\n${title.padEnd(28)}${columns.map((name) => name.padStart(10)).join('')}`);
  for (const [name, { labelled, found, falseHits, left, leftHits }] of [...scores].sort()) {
    const recall = labelled === 0 ? '-' : (found / labelled).toFixed(3);
    const precision = found + falseHits === 0 ? '-' : (found / (found + falseHits)).toFixed(3);
    const cells = [labelled, found, recall, falseHits, precision, left, leftHits];
    console.log(name.padEnd(28) + cells.map((cell) => String(cell).padStart(10)).join(''));
  }
}
