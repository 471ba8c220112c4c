import { escapeControls } from './escape-controls.ts';

/** ClickHouse's format with one array of strings a line: names, types, then rows. */
export const tableFormat = 'JSONCompactStringsEachRowWithNamesAndTypes';

/** How the format writes NULL. */
const nullText = 'ᴺᵁᴸᴸ';

/** Longer cells, such as messages, would push the other columns off the screen. */
const maxCellLength = 100;

/** A table for people: columns aligned, numbers to the right, long values cut with an ellipsis. */
export interface RenderedTable {
  readonly text: string;
  readonly rows: number;
  /** Whether any value was cut. */
  readonly isCut: boolean;
}

/** Renders an answer in `tableFormat`. */
export function renderTable(answer: string): RenderedTable {
  const [names = [], types = [], ...rows] = answer
    .split('\n')
    .filter((line) => line !== '')
    .map(parseRow);
  const cells = [names, ...rows].map((row) => row.map(toCell));
  const widths = names.map((_, column) =>
    Math.max(...cells.map((row) => lengthOf(row[column] ?? ''))),
  );
  const lines = cells.map((row) =>
    row
      .map((cell, column) => pad(cell, widths[column] ?? 0, types[column] ?? ''))
      .join('  ')
      .trimEnd(),
  );
  const rule = widths.map((width) => '─'.repeat(width)).join('  ');
  return {
    text: [lines[0] ?? '', rule, ...lines.slice(1)].join('\n'),
    rows: rows.length,
    isCut: rows.some((row) => row.some((value) => lengthOf(value) > maxCellLength)),
  };
}

function parseRow(line: string): string[] {
  const row: unknown = JSON.parse(line);
  return Array.isArray(row)
    ? row.map((value) => (value === nullText ? 'NULL' : String(value)))
    : [];
}

function toCell(value: string): string {
  const escaped = escapeControls(value);
  if (escaped.length <= maxCellLength) return escaped;
  const characters = split(escaped);
  return characters.length <= maxCellLength
    ? escaped
    : `${characters.slice(0, maxCellLength - 1).join('')}…`;
}

const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

function split(text: string): string[] {
  return Array.from(segmenter.segment(text), ({ segment }) => segment);
}

/** Characters as a person counts them. */
function lengthOf(text: string): number {
  return /^[ -~]*$/.test(text) ? text.length : split(text).length;
}

function pad(cell: string, width: number, type: string): string {
  const spaces = ' '.repeat(Math.max(width - lengthOf(cell), 0));
  return isNumeric(type) ? spaces + cell : cell + spaces;
}

function isNumeric(type: string): boolean {
  return /^(Nullable\(|LowCardinality\()*(U?Int|Float|Decimal)\d*/.test(type);
}
