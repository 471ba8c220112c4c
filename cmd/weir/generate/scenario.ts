import { writePersonalData } from './personal-data.ts';
import type { Random } from './random.ts';
import type {
  AgentStep,
  LlmStep,
  Message,
  Model,
  RetrieverStep,
  Step,
  ToolCall,
  Usage,
} from './step.ts';

const models = [
  { provider: 'openai', requested: 'gpt-4o-mini', answered: 'gpt-4o-mini-2024-07-18' },
  { provider: 'openai', requested: 'gpt-4o', answered: 'gpt-4o-2024-08-06' },
  { provider: 'openai', requested: 'gpt-4.1', answered: 'gpt-4.1-2025-04-14' },
  { provider: 'anthropic', requested: 'claude-sonnet-4-5', answered: 'claude-sonnet-4-5-20250929' },
  { provider: 'anthropic', requested: 'claude-haiku-4-5', answered: 'claude-haiku-4-5-20251001' },
] as const satisfies readonly [Model, ...Model[]];

const agents = ['travel-planner', 'support-assistant', 'research-agent', 'code-reviewer'] as const;
const questions = [
  'Which trains go from Vienna to Ljubljana on Friday evening?',
  'Summarise what changed in the refund policy this year.',
  'Why does my deployment fail with exit code 137?',
  'Compare the battery life of these two laptops for me.',
  'What do the last three incident reports have in common?',
] as const;
const answers = [
  'There are two direct connections; the later one is cheaper and has seats left.',
  'Refunds are now possible within thirty days, and without a reason for digital goods.',
  'The container is killed for memory: raise its limit or lower the heap of the process.',
  'The first one lasts about three hours longer under load, the second one charges faster.',
  'All three began with a certificate that expired and an alert that nobody was paged for.',
] as const;
const tools = ['search_timetable', 'lookup_customer', 'run_query', 'read_file'] as const;
const toolResults = [
  '{"rows": 12, "first": {"departs": "17:58", "price": 39.9}}',
  '{"status": "active", "plan": "team", "seats": 14}',
  '{"error": null, "took_ms": 18, "hits": 4}',
] as const;
const errors = [
  'Rate limit reached for requests',
  'The server had an error',
  'Request timed out',
] as const;

/** Share of model calls that fail. */
const errorRate = 0.03;

/** What the scenario may contain. */
export interface ScenarioOptions {
  readonly random: Random;
  /** Plants personal data in some questions and tool results. */
  readonly personalData: boolean;
}

/**
 * One trace: an agent that looks something up, asks the model, runs the tools that the model asks for, and answers.
 * Three to nine spans, root first.
 */
export function createTrace({ random, personalData }: ScenarioOptions): Step[] {
  const plant = (text: string): string =>
    personalData && random.chance(0.5) ? `${text} ${writePersonalData(random)}` : text;
  const rootId = random.hex(8);
  const question = plant(random.pick(questions));
  const model = random.pick<Model>(models);
  const steps: Exclude<Step, AgentStep>[] = [];
  let clockMs = random.integer(1, 5);
  const place = (durationMs: number) => {
    const timed = { spanId: random.hex(8), parentSpanId: rootId, startMs: clockMs, durationMs };
    clockMs += durationMs + random.integer(1, 4);
    return timed;
  };

  if (random.chance(0.5))
    steps.push(createRetrieval(random, question, place(random.integer(8, 60))));
  const messages: Message[] = [
    { role: 'system', text: 'Be brief and exact. Say so where you do not know.' },
    { role: 'user', text: question },
  ];
  for (let round = random.integer(0, 3); round >= 0; round -= 1) {
    const toolCall = round === 0 ? undefined : createToolCall(random, question);
    const call = createCall(
      random,
      { model, messages, toolCall },
      place(random.integer(300, 4000)),
    );
    steps.push(call);
    if (call.error !== '') break;
    if (toolCall === undefined) continue;
    const result = plant(random.pick(toolResults));
    steps.push({
      ...place(random.integer(5, 400)),
      kind: 'tool',
      call: toolCall,
      result,
      error: '',
    });
    messages.push(
      { role: 'assistant', text: `calls ${toolCall.name}` },
      { role: 'tool', text: result },
    );
  }
  return [createAgent(random, { rootId, question, model, durationMs: clockMs }, steps), ...steps];
}

type Place = Pick<Step, 'spanId' | 'parentSpanId' | 'startMs' | 'durationMs'>;

function createAgent(
  random: Random,
  root: { rootId: string; question: string; model: Model; durationMs: number },
  steps: readonly Step[],
): AgentStep {
  const calls = steps.filter((step) => step.kind === 'llm');
  const last = calls.at(-1);
  return {
    kind: 'agent',
    spanId: root.rootId,
    parentSpanId: '',
    startMs: 0,
    durationMs: root.durationMs,
    error: last?.error ?? '',
    name: random.pick(agents),
    model: root.model,
    question: root.question,
    answer: last?.answer ?? '',
    usage: calls.map((call) => call.usage).reduce(addUsage, noUsage),
    sessionId: `session-${String(random.integer(1, 500))}`,
    userId: `user-${String(random.integer(1, 200))}`,
  };
}

function createCall(
  random: Random,
  ask: { model: Model; messages: readonly Message[]; toolCall: ToolCall | undefined },
  place: Place,
): LlmStep {
  const { model, toolCall } = ask;
  const error = random.chance(errorRate) ? random.pick(errors) : '';
  const hasFailed = error !== '';
  const idPrefix = model.provider === 'openai' ? 'chatcmpl-' : 'msg_';
  return {
    ...place,
    kind: 'llm',
    model,
    messages: [...ask.messages],
    answer: hasFailed || toolCall !== undefined ? '' : random.pick(answers),
    toolCall: hasFailed ? undefined : toolCall,
    usage: hasFailed ? noUsage : createUsage(random),
    responseId: hasFailed ? '' : `${idPrefix}${random.token(24)}`,
    error,
  };
}

/** Inputs spread over two orders of magnitude, as prompts with and without documents do; a third are cached in part. */
function createUsage(random: Random): Usage {
  const input = Math.round(150 * 100 ** random.next());
  const cacheRead = random.chance(0.3) ? Math.floor((input * random.next()) / 128) * 128 : 0;
  return { input, output: Math.round(20 * 40 ** random.next()), cacheRead };
}

function createToolCall(random: Random, question: string): ToolCall {
  return {
    id: `call_${random.token(12)}`,
    name: random.pick(tools),
    arguments: { query: question },
  };
}

function createRetrieval(random: Random, query: string, place: Place): RetrieverStep {
  const documents = Array.from({ length: random.integer(2, 5) }, () => ({
    id: `doc-${String(random.integer(1, 9999))}`,
    text: random.pick(answers),
    score: random.integer(400, 990) / 1000,
  }));
  return { ...place, kind: 'retriever', query, documents, error: '' };
}

const noUsage: Usage = { input: 0, output: 0, cacheRead: 0 };

function addUsage(a: Usage, b: Usage): Usage {
  return {
    input: a.input + b.input,
    output: a.output + b.output,
    cacheRead: a.cacheRead + b.cacheRead,
  };
}
