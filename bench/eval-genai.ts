import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Item } from '../pipeline/batch/batch.ts';
import { toJson } from '../processors/genai/loose.ts';
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
  readonly seen_on_spans: readonly { readonly spanId: string }[];
}

interface Seen {
  readonly spanId: string;
  readonly name: string;
  readonly status: unknown;
  readonly reason: unknown;
  readonly tokens: readonly number[];
}

const tokenKeys = [
  'gen_ai.usage.input_tokens',
  'gen_ai.usage.output_tokens',
  'gen_ai.usage.cache_read.input_tokens',
  'gen_ai.usage.cache_write.input_tokens',
  'gen_ai.usage.reasoning.output_tokens',
];
const tokenNames = ['input', 'output', 'cache_read', 'cache_write', 'reasoning'];

const fixtures = join(
  process.env['WEIR_FIXTURES'] ?? join(projectRoot, '../shared/fixtures'),
  'otlp-python',
);
const isVerbose = process.argv.includes('--verbose');
const only = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));

if (existsSync(fixtures)) await evaluate();
else console.log(`No captures at ${fixtures} (set WEIR_FIXTURES): nothing evaluated.`);

async function evaluate(): Promise<void> {
  const totals = [0, 0, 0, 0, 0];
  console.log(row('emitter', ['calls', 'seen', 'once', 'right', 'stray']));
  for (const emitter of readdirSync(fixtures).sort()) {
    if (only.length > 0 && !only.includes(emitter)) continue;
    const { score, misses } = await scoreEmitter(join(fixtures, emitter));
    for (const [index, value] of score.entries()) totals[index] = (totals[index] ?? 0) + value;
    console.log(row(emitter, score.map(String)));
    if (isVerbose) for (const miss of misses) console.log(`    ${miss}`);
  }
  console.log(row('all', totals.map(String)));
  console.log(
    'calls: answered with usage; seen: any span carries a count of it; once: billed on exactly one span; right: billed\n' +
      'once with every count true; stray: bills that belong to no call. --verbose lists the misses.',
  );
}

async function scoreEmitter(folder: string): Promise<{ score: number[]; misses: string[] }> {
  const spans = await runCaptures(folder);
  // The file is written by the fixtures' own generator in this shape.
  const truth = JSON.parse(readFileSync(join(folder, 'truth.json'), 'utf8')) as TrueCall[];
  const calls = truth.filter((call) => call.usage_sent);
  const billed = spans.filter(({ status }) => status === 'priced' || status === 'provided');
  const score = [calls.length, 0, 0, 0, 0];
  const misses: string[] = [];
  const claimed = new Set<Seen>();
  for (const call of calls) {
    const bills = billed.filter((span) => belongsTo(span, call, calls));
    for (const bill of bills) claimed.add(bill);
    const isRight = bills.length === 1 && bills.every((bill) => wrongCounts(bill, call) === '');
    for (const [index, hit] of [
      call.seen_on_spans.length > 0,
      bills.length === 1,
      isRight,
    ].entries()) {
      if (hit) score[index + 1] = (score[index + 1] ?? 0) + 1;
    }
    if (!isRight)
      misses.push(
        describeMiss(
          call,
          bills,
          spans.filter((span) => belongsTo(span, call, calls)),
        ),
      );
  }
  const strays = billed.filter((span) => !claimed.has(span));
  score[4] = strays.length;
  misses.push(...strays.map((span) => `stray bill on ${span.name}: ${span.tokens.join(' ')}`));
  return { score, misses };
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
  return {
    spanId: span.spanId.hex(),
    name: span.name,
    status: attributes.get('genai.cost.status'),
    reason: attributes.get('genai.cost.reason') ?? '',
    tokens: tokenKeys.map((key) => Number(attributes.get(key) ?? 0)),
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

function wrongCounts(span: Seen, call: TrueCall): string {
  const expected = [
    call.input_tokens_total,
    call.output_tokens_total,
    call.cached_input_tokens,
    call.cache_write_tokens,
    call.reasoning_tokens,
  ];
  return expected
    .map((count, index) => {
      const got = span.tokens[index] ?? 0;
      return got === count ? '' : `${tokenNames[index] ?? ''} ${got} for ${count}`;
    })
    .filter((text) => text !== '')
    .join(', ');
}

function describeMiss(call: TrueCall, bills: readonly Seen[], candidates: readonly Seen[]): string {
  const name = `call ${call.n} ${call.scenario}`;
  if (bills.length > 1) return `${name}: billed on ${bills.map((b) => b.name).join(', ')}`;
  const [bill] = bills;
  if (bill !== undefined) return `${name}: ${wrongCounts(bill, call)} on ${bill.name}`;
  const seen = candidates.map((s) => `${s.name} (${String(s.status)} ${String(s.reason)})`);
  return `${name}: not billed; ${seen.length > 0 ? seen.join(', ') : 'on no span'}`;
}

function row(name: string, values: readonly string[]): string {
  return name.padEnd(40) + values.map((value) => value.padStart(7)).join('');
}
