/** What a span stands for; written as `genai.kind`. */
export type Kind =
  | 'llm'
  | 'agent'
  | 'tool'
  | 'retriever'
  | 'embedding'
  | 'rerank'
  | 'chain'
  | 'guardrail'
  | 'evaluator';

const kinds: ReadonlyMap<string, Kind> = new Map<string, Kind>([
  ['chat', 'llm'],
  ['generate_content', 'llm'],
  ['text_completion', 'llm'],
  // Calls of models that semconv has no operation for.
  ['image_generation', 'llm'],
  ['transcription', 'llm'],
  ['speech', 'llm'],
  ['audio', 'llm'],
  ['realtime', 'llm'],
  ['embeddings', 'embedding'],
  ['retrieval', 'retriever'],
  ['rerank', 'rerank'],
  ['execute_tool', 'tool'],
  ['invoke_agent', 'agent'],
  ['create_agent', 'agent'],
  ['plan', 'agent'],
  ['agent_step', 'chain'],
  ['invoke_workflow', 'chain'],
  ['chain', 'chain'],
  ['execute_task', 'chain'],
  ['execute_event_loop_cycle', 'chain'],
  ['orchestrate_tools', 'chain'],
  ['framework', 'chain'],
  ['guardrail', 'guardrail'],
  ['evaluation', 'evaluator'],
]);

const aliases: ReadonlyMap<string, string> = new Map(
  Object.entries({
    chat: [
      'chat.completions',
      'chat_completion',
      'chat_completions',
      'completions.chat',
      'responses',
      'response',
      'message',
      'messages',
      'anthropic_messages',
      'openai.responses.create',
    ],
    generate_content: ['generate_content_stream'],
    text_completion: ['completion', 'completions', 'text.completions', 'generate'],
    embeddings: ['embedding', 'embed', 'embed_content'],
    rerank: ['reranker'],
    retrieval: ['retriever', 'retrieve'],
    execute_tool: ['tool', 'call_mcp_tool'],
    invoke_agent: ['agent'],
    invoke_workflow: ['workflow'],
    guardrail: ['guardrail.run', 'guard'],
    image_generation: ['image', 'image_edit'],
    transcription: ['speech_to_text', 'ai.transcribe', 'ai.streamtranscribe'],
    speech: ['text_to_speech', 'ai.generatespeech'],
    realtime: ['_arealtime'],
  }).flatMap(([canonical, others]) => [canonical, ...others].map((name) => [name, canonical])),
);

/**
 * The semconv operation that a name means, `acompletion` and other names of Python's asynchronous functions included; names
 * outside the convention (`parser`, `handoff`) stay, in lower case.
 */
export function toOperation(name: string): string {
  const lower = name.trim().toLowerCase();
  return (
    aliases.get(lower) ?? (lower.startsWith('a') ? aliases.get(lower.slice(1)) : undefined) ?? lower
  );
}

/** The kind of a canonical operation; undefined where it is none of the listed ones (`create_memory`, `parser`). */
export function kindOf(operation: string): Kind | undefined {
  return kinds.get(operation);
}

/** The operation that a kind has where an emitter names only the kind; undefined for kinds without one in semconv. */
export function operationOf(kind: Kind): string | undefined {
  return operations[kind];
}

const operations: Readonly<Record<Kind, string | undefined>> = {
  llm: 'chat',
  agent: 'invoke_agent',
  tool: 'execute_tool',
  retriever: 'retrieval',
  embedding: 'embeddings',
  rerank: 'rerank',
  chain: undefined,
  guardrail: undefined,
  evaluator: undefined,
};

/** Whether a span of that kind is one call of a model, which is what costs money. */
export function isInference(kind: Kind | undefined): boolean {
  return kind === 'llm' || kind === 'embedding' || kind === 'rerank';
}
