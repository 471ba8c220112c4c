import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Item } from '../pipeline/batch/batch.ts';
import { toJson } from '../pipeline/batch/value-json.ts';
import { createGenaiRun } from '../processors/genai/run-genai.ts';
import { projectRoot } from '../test/support/project-root.ts';

/** What a provider really answered to one call; `truth.json` of an emitter's folder. */
interface TrueCall {
  readonly n: number;
  readonly scenario: string;
  readonly usage_sent: boolean;
  readonly input_tokens_total: number;
  readonly output_tokens_total: number;
  readonly cached_input_tokens: number;
  readonly cache_write_tokens: number;
  readonly reasoning_tokens: number;
  /** Spans that show it, with what their attributes were found to mean: `in_total`, `cached`, … */
  readonly seen_on_spans: readonly {
    readonly spanId: string;
    readonly attributes?: Readonly<Record<string, string>>;
  }[];
}

interface Seen {
  readonly spanId: string;
  readonly name: string;
  readonly isBilled: boolean;
  readonly isEstimated: boolean;
  readonly tokens: readonly number[];
}

/** One kind of tokens: the canonical key, the true count, and the meanings in `truth.json` that tell it. */
interface TokenKind {
  readonly name: string;
  readonly key: string;
  readonly count: (call: TrueCall) => number;
  readonly meanings: readonly string[];
}

const tokenKinds: readonly TokenKind[] = [
  {
    name: 'input',
    key: 'gen_ai.usage.input_tokens',
    count: (call) => call.input_tokens_total,
    meanings: ['in_total', 'in_uncached'],
  },
  {
    name: 'output',
    key: 'gen_ai.usage.output_tokens',
    count: (call) => call.output_tokens_total,
    meanings: ['out_total', 'out_minus_reasoning'],
  },
  {
    name: 'cache_read',
    key: 'gen_ai.usage.cache_read.input_tokens',
    count: (call) => call.cached_input_tokens,
    meanings: ['cached'],
  },
  {
    name: 'cache_write',
    key: 'gen_ai.usage.cache_write.input_tokens',
    count: (call) => call.cache_write_tokens,
    meanings: ['cache_write'],
  },
  {
    name: 'reasoning',
    key: 'gen_ai.usage.reasoning.output_tokens',
    count: (call) => call.reasoning_tokens,
    meanings: ['reasoning'],
  },
];

const columns = ['calls', 'seen', 'owed', 'once', 'right', 'stray', 'guess'] as const;
type Score = Record<(typeof columns)[number], number>;

const legend = `calls  answered with usage
seen   some span shows the call
owed   the emitter's spans carry every count of it
once   billed on exactly one span
right  billed once, with every count true; the goal is all that are owed
stray  bills that belong to no call of the provider
guess  bills of a usage that the emitter guessed; genai.cost.source says "estimated"`;

const fixtures = join(
  process.env['WEIR_FIXTURES'] ?? join(projectRoot, '../shared/fixtures'),
  'otlp-python',
);
const only = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));

if (existsSync(fixtures)) await evaluate();
else console.log(`No captures at ${fixtures} (set WEIR_FIXTURES): nothing evaluated.`);

async function evaluate(): Promise<void> {
  const totals = emptyScore();
  const reasons: string[] = [];
  console.log(row('emitter', [...columns]));
  for (const emitter of readdirSync(fixtures).sort()) {
    if (only.length > 0 && !only.includes(emitter)) continue;
    const { score, misses } = await scoreEmitter(join(fixtures, emitter));
    for (const column of columns) totals[column] += score[column];
    console.log(row(emitter, toCells(score)));
    for (const [reason, calls] of misses) {
      reasons.push(`${emitter.padEnd(38)}${calls.join(' ').padEnd(24)}${reason}`);
    }
  }
  console.log(`${row('all', toCells(totals))}\n\n${legend}\n`);
  console.log(`${'emitter'.padEnd(38)}${'calls'.padEnd(24)}why not right`);
  for (const reason of reasons) console.log(reason);
}

function emptyScore(): Score {
  return { calls: 0, seen: 0, owed: 0, once: 0, right: 0, stray: 0, guess: 0 };
}

function toCells(score: Score): string[] {
  return columns.map((column) => String(score[column]));
}

type Misses = Map<string, string[]>;

async function scoreEmitter(folder: string): Promise<{ score: Score; misses: Misses }> {
  const spans = await runCaptures(folder);
  // The file is written by the fixtures' own generator in this shape.
  const truth = JSON.parse(readFileSync(join(folder, 'truth.json'), 'utf8')) as TrueCall[];
  const calls = truth.filter((call) => call.usage_sent);
  const score = { ...emptyScore(), calls: calls.length };
  const misses: Misses = new Map();
  const claimed = new Set<Seen>();
  for (const call of calls) {
    const bills = spans.filter((span) => span.isBilled && belongsTo(span, call, calls));
    for (const bill of bills) claimed.add(bill);
    const missing = countsOnNoSpan(call);
    if (call.seen_on_spans.length > 0) score.seen++;
    if (missing.length === 0) score.owed++;
    if (bills.length === 1) score.once++;
    const why = whyNotRight(call, bills, missing);
    if (why === undefined) score.right++;
    else note(misses, why, String(call.n));
  }
  const others = spans.filter((span) => span.isBilled && !claimed.has(span));
  score.guess = others.filter((span) => span.isEstimated).length;
  score.stray = others.length - score.guess;
  for (const stray of others) {
    const why = stray.isEstimated ? 'the provider sent no usage' : 'counts of no call';
    note(misses, `${why}: ${stray.name} says ${stray.tokens.slice(0, 2).join(' and ')}`, '-');
  }
  return { score, misses };
}

function note(misses: Misses, reason: string, call: string): void {
  misses.set(reason, [...(misses.get(reason) ?? []), call]);
}

/** Kinds of tokens that the provider counted and the emitter put on no span. */
function countsOnNoSpan(call: TrueCall): string[] {
  const told = new Set(
    call.seen_on_spans.flatMap(({ attributes }) => Object.values(attributes ?? {})),
  );
  return tokenKinds
    .filter(({ count, meanings }) => count(call) > 0 && !meanings.some((m) => told.has(m)))
    .map(({ name }) => name);
}

function whyNotRight(
  call: TrueCall,
  bills: readonly Seen[],
  missing: readonly string[],
): string | undefined {
  if (call.seen_on_spans.length === 0 && bills.length === 0) return 'no span shows the call';
  if (bills.length > 1) return `billed on ${bills.map(({ name }) => name).join(' and ')}`;
  const [bill] = bills;
  if (bill === undefined) {
    return missing.length > 0 ? 'the span carries no usage' : `MISSED: ${call.scenario}`;
  }
  const wrong = tokenKinds.filter(({ count }, index) => bill.tokens[index] !== count(call));
  if (wrong.length === 0) return undefined;
  const unexplained = wrong.filter(({ name }) => !missing.includes(name) && name !== 'input');
  if (missing.length === 0 || unexplained.length > 0) {
    return `MISSED: wrong ${wrong.map(({ name }) => name).join(', ')}`;
  }
  return `no span carries ${missing.join(', ')}`;
}

async function runCaptures(folder: string): Promise<Seen[]> {
  const genai = await createGenaiRun({});
  const spans: Seen[] = [];
  for (const file of readdirSync(folder).sort()) {
    if (!file.endsWith('_v1_traces.pb')) continue;
    const edited = genai.run(readFileSync(join(folder, file)));
    for (const span of genai.reader.open('traces', edited)) spans.push(toSeen(span));
  }
  return spans;
}

function toSeen(span: Item): Seen {
  const attributes = new Map<string, unknown>();
  for (const attribute of span.attributes)
    attributes.set(attribute.name, toJson(attribute.value()));
  const status = attributes.get('genai.cost.status');
  return {
    spanId: span.spanId.hex(),
    name: span.name,
    isBilled: status === 'priced' || status === 'provided',
    isEstimated: attributes.get('genai.cost.source') === 'estimated',
    tokens: tokenKinds.map(({ key }) => Number(attributes.get(key) ?? 0)),
  };
}

/** Every call has its own numbers, so that a count names the call. */
function belongsTo(span: Seen, call: TrueCall, calls: readonly TrueCall[]): boolean {
  if (isNamedBy(span, call)) return true;
  if (calls.some((other) => isNamedBy(span, other))) return false;
  return call.seen_on_spans.some(({ spanId }) => spanId === span.spanId);
}

function isNamedBy({ tokens: [input, output] }: Seen, call: TrueCall): boolean {
  if (input === call.input_tokens_total) return true;
  return output !== undefined && output > 0 && output === call.output_tokens_total;
}

function row(name: string, values: readonly string[]): string {
  return name.padEnd(38) + values.map((value) => value.padStart(7)).join('');
}
