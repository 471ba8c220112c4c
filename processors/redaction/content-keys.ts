/** Attributes that hold what was said to a model and what it answered, by the conventions that emitters write. */
const keys: ReadonlySet<string> = new Set([
  'gen_ai.system_instructions',
  'gen_ai.input.messages',
  'gen_ai.output.messages',
  'gen_ai.prompt',
  'gen_ai.completion',
  'gen_ai.tool.call.arguments',
  'gen_ai.tool.call.result',
  'gen_ai.tool.definitions',
  'gen_ai.retrieval.query.text',
  'gen_ai.retrieval.documents',
  'gen_ai.evaluation.explanation',
  'input.value',
  'output.value',
  'llm.prompts',
  'llm.completions',
  'traceloop.entity.input',
  'traceloop.entity.output',
  'langfuse.observation.input',
  'langfuse.observation.output',
  'langfuse.trace.input',
  'langfuse.trace.output',
  'gen_ai.request.stop_sequences',
  'tool_arguments',
  'tool_response',
  'mlflow.spanInputs',
  'mlflow.spanOutputs',
  'input',
  'output',
  'gcp.vertex.agent.llm_request',
  'gcp.vertex.agent.llm_response',
  'gcp.vertex.agent.tool_call_args',
  'gcp.vertex.agent.tool_response',
  'all_messages_events',
  'pydantic_ai.all_messages',
  'final_result',
]);

/** Families of such attributes: one for each message, document or part. */
const prefixes: readonly string[] = [
  'gen_ai.prompt.',
  'gen_ai.completion.',
  'llm.input_messages.',
  'llm.output_messages.',
  'llm.prompt_template.',
  'retrieval.documents.',
  'reranker.input_documents.',
  'reranker.output_documents.',
  'reranker.query',
  'embedding.embeddings.',
  'tool.parameters',
  'ai.prompt',
  'ai.response.text',
  'ai.response.object',
  'ai.response.toolCalls',
  'ai.response.reasoning',
  'ai.toolCall.args',
  'ai.toolCall.result',
  'ai.value',
  'genai.original.gen_ai.input',
  'genai.original.gen_ai.output',
];

/** True for an attribute that `content: drop` leaves out. */
export function isContentKey(key: string): boolean {
  return keys.has(key) || prefixes.some((prefix) => key.startsWith(prefix));
}

/** Log records and span events that carry a message in their body or their attributes. */
export function isContentEvent(name: string): boolean {
  return /^gen_ai\.(?:system|user|assistant|tool|choice|content|client\.inference)/.test(name);
}
