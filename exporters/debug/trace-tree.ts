import { formatDuration, formatRedactions, formatTokens, formatUsd } from './amounts.ts';
import type { Paint } from './palette.ts';
import { groupByTrace, placeSpans } from './span-forest.ts';
import type { PlacedSpan } from './span-forest.ts';
import { totalOf } from './span-row.ts';
import type { SpanRow, SpanTotals } from './span-row.ts';
import { clipTerminalText } from './terminal-text.ts';

/** Names longer than this are cut, so that the columns behind them stay on the screen. */
const maxNameLength = 48;
const maxModelLength = 48;
const maxMessageLength = 120;

/**
 * Prints spans as a person reads them: one tree a trace, under a line with the trace's totals; ends with a newline,
 * '' for no rows. User content is escaped (`toTerminalText`), so that a prompt cannot drive the terminal.
 */
export function renderTraces(rows: readonly SpanRow[], paint: Paint): string {
  const traces = [...groupByTrace(rows).values()];
  return traces.map((trace) => renderTrace(trace, paint)).join('\n');
}

/** `3 spans · 1,530 in → 211 out · $0.0123 · 1 unpriced · 1 failed · redacted 3 (email 3)`. */
export function renderTotals(totals: SpanTotals, paint: Paint): string {
  const { spans, inputTokens, outputTokens, redactions } = totals;
  const hasTokens = inputTokens > 0 || outputTokens > 0;
  const tokens = { input: inputTokens, output: outputTokens };
  const redacted = formatRedactions(redactions);
  return [
    `${String(spans)} ${spans === 1 ? 'span' : 'spans'}`,
    hasTokens
      ? formatTokens({
          ...tokens,
          cacheRead: undefined,
          cacheWrite: undefined,
          reasoning: undefined,
        })
      : '',
    totals.costUsd > 0 ? paint('green', formatUsd(totals.costUsd)) : '',
    totals.unpriced > 0 ? paint('yellow', `${String(totals.unpriced)} unpriced`) : '',
    totals.failed > 0 ? paint('red', `${String(totals.failed)} failed`) : '',
    redacted === '' ? '' : paint('yellow', `redacted ${redacted}`),
  ]
    .filter((part) => part !== '')
    .join(' · ');
}

function renderTrace(trace: readonly SpanRow[], paint: Paint): string {
  const placed = placeSpans(trace);
  const widths = measure(placed);
  const lines = placed.flatMap((span, index) => {
    const indent = paint('dim', detailIndent(span, placed[index + 1]));
    return [spanLine(span, widths, paint), ...span.row.details.map((line) => `${indent}${line}`)];
  });
  return `${headline(trace, paint)}\n${lines.join('\n')}\n`;
}

function headline(trace: readonly SpanRow[], paint: Paint): string {
  const [first] = trace;
  const service = clipTerminalText(first?.service ?? '', maxNameLength);
  return [
    `trace ${paint('bold', first?.traceId ?? '')}`,
    ...(service === '' ? [] : [service]),
    formatDuration(wallTimeMs(trace)),
    renderTotals(totalOf(trace), paint),
  ].join(' · ');
}

/** From the first start to the last end. */
function wallTimeMs(trace: readonly SpanRow[]): number {
  let start = trace[0]?.startTimeUnixNano ?? 0n;
  for (const row of trace) if (row.startTimeUnixNano < start) start = row.startTimeUnixNano;
  return trace.reduce((longest, row) => {
    const startMs = Number(row.startTimeUnixNano - start) / 1e6;
    return Math.max(longest, startMs + row.durationMs);
  }, 0);
}

interface Widths {
  readonly name: number;
  readonly kind: number;
  readonly duration: number;
}

function measure(placed: readonly PlacedSpan[]): Widths {
  const widest = (length: (span: PlacedSpan) => number): number =>
    placed.reduce((most, span) => Math.max(most, length(span)), 0);
  return {
    name: widest((span) => branch(span).length + nameOf(span.row).length),
    kind: widest((span) => kindOf(span.row).length),
    duration: widest((span) => formatDuration(span.row.durationMs).length),
  };
}

function spanLine(span: PlacedSpan, widths: Widths, paint: Paint): string {
  const { row } = span;
  const [lines, name] = [branch(span), nameOf(row)];
  const padding = ' '.repeat(widths.name - lines.length - name.length);
  const columns = [
    `${paint('dim', lines)}${row.failed ? paint('red', name) : name}${padding}`,
    ...(widths.kind === 0 ? [] : [paint('cyan', kindOf(row).padEnd(widths.kind))]),
    formatDuration(row.durationMs).padStart(widths.duration),
    ...facts(span, paint),
  ];
  return columns.join('  ').trimEnd();
}

function facts({ row, parentMissing }: PlacedSpan, paint: Paint): string[] {
  const redacted = formatRedactions(row.redactions);
  return [
    clipTerminalText([row.provider, row.model].filter(Boolean).join(' '), maxModelLength),
    formatTokens(row.tokens),
    costText(row, paint),
    redacted === '' ? '' : paint('yellow', `redacted ${redacted}`),
    row.failed ? paint('red', failure(row)) : '',
    parentMissing ? paint('dim', `parent ${row.parentSpanId} not here`) : '',
  ].filter((fact) => fact !== '');
}

function costText(row: SpanRow, paint: Paint): string {
  if (row.costStatus === 'duplicate') return paint('dim', 'billed on another span');
  if (row.costStatus === 'aggregate') return paint('dim', 'sum of its children');
  if (row.costUsd !== undefined) return paint('green', formatUsd(row.costUsd));
  if (row.costStatus !== 'unpriced') return '';
  const reason =
    row.costReason === '' ? '' : ` (${clipTerminalText(row.costReason, maxNameLength)})`;
  return paint('yellow', `unpriced${reason}`);
}

function failure(row: SpanRow): string {
  const message = clipTerminalText(row.statusMessage, maxMessageLength);
  return message === '' ? 'failed' : `failed: ${message}`;
}

function branch({ continues }: PlacedSpan): string {
  const above = continues.slice(0, -1).map((more) => (more ? '│  ' : '   '));
  return `${above.join('')}${continues.at(-1) === true ? '├─ ' : '└─ '}`;
}

/** The lines that run past a span's details: its own level, and its children's where it has any here. */
function detailIndent(span: PlacedSpan, next: PlacedSpan | undefined): string {
  const hasChild = next !== undefined && next.continues.length > span.continues.length;
  const levels = span.continues.map((more) => (more ? '│  ' : '   '));
  return `${levels.join('')}${hasChild ? '│  ' : '   '}`;
}

function nameOf(row: SpanRow): string {
  return clipTerminalText(row.name, maxNameLength);
}

function kindOf(row: SpanRow): string {
  return clipTerminalText(row.kind, maxNameLength);
}
