/** Attributes that hold what was said to a model and what it answered, by the conventions that emitters write. */
const keys: ReadonlySet<string> = new Set([
  'gen_ai.system_instructions',
  'gen_ai.input.messages',
  'gen_ai.output.messages',
  'gen_ai.prompt',
  'gen_ai.completion',
  'gen_ai.content.prompt',
  'gen_ai.content.completion',
  'gen_ai.event.content',
  'gen_ai.task.input',
  'gen_ai.task.output',
  'gen_ai.guardrail.input',
  'gen_ai.guardrail.output',
  'gen_ai.tool.args',
  'gen_ai.tool.json_schema',
  'gen_ai.tool.call.arguments',
  'gen_ai.tool.call.result',
  'gen_ai.tool.definitions',
  'gen_ai.retrieval.query.text',
  'gen_ai.retrieval.documents',
  'gen_ai.evaluation.explanation',
  'gen_ai.request.stop_sequences',
  'input.value',
  'output.value',
  'llm.prompts',
  'llm.completions',
  'llm.function_call',
  'message.content',
  'tool.json_schema',
  'traceloop.entity.input',
  'traceloop.entity.output',
  'traceloop.prompt.template',
  'traceloop.prompt.template_variables',
  'db.query.result.document',
  'db.query.result.metadata',
  'langfuse.observation.input',
  'langfuse.observation.output',
  'langfuse.trace.input',
  'langfuse.trace.output',
  'mlflow.spanInputs',
  'mlflow.spanOutputs',
  'mlflow.chat.messages',
  'mlflow.chat.tools',
  'mlflow.chunk.value',
  'gcp.vertex.agent.llm_request',
  'gcp.vertex.agent.llm_response',
  'gcp.vertex.agent.tool_call_args',
  'gcp.vertex.agent.tool_response',
  'gcp.vertex.agent.data',
  'ai.schema',
  'ai.response.files',
  // Pydantic AI and Logfire.
  'request_data',
  'response_data',
  'model_request_parameters',
  'all_messages_events',
  'pydantic_ai.all_messages',
  'events',
  'raw_input',
  'final_result',
  'tool_arguments',
  'tool_response',
  // CrewAI: goals, backstories and descriptions are prompts.
  'crew_agents',
  'crew_tasks',
  'crew_inputs',
  'formatted_description',
  'formatted_expected_output',
  'task_output',
  'llamaindex.step.input_summary',
  'langwatch.input',
  'langwatch.output',
  'langwatch.rag.contexts',
  'lmnr.span.input',
  'lmnr.span.output',
  'genkit:input',
  'genkit:output',
  'lk.user_transcript',
  // Claude Code, Codex and Gemini CLI among others.
  'prompt',
  'completion',
  'messages',
  'tools',
  'system_prompt',
  'input',
  'output',
]);

/** Families of such attributes: one for each message, document or part. */
const prefixes: readonly string[] = [
  'gen_ai.prompt.',
  'gen_ai.completion.',
  'llm.input_messages.',
  'llm.output_messages.',
  'llm.prompts.',
  'llm.choices.',
  'llm.tools.',
  'llm.request.functions.',
  'llm.prompt_template.',
  'message.contents.',
  'message.tool_calls.',
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
  'ai.result.text',
  'ai.result.object',
  'ai.result.toolCalls',
  'ai.toolCall.args',
  'ai.toolCall.result',
  'ai.value',
  'ai.documents',
  'genai.original.gen_ai.input',
  'genai.original.gen_ai.output',
];

/** Semconv's names of a managed prompt, which stand among its messages. */
const describing: ReadonlySet<string> = new Set(['gen_ai.prompt.name', 'gen_ai.prompt.version']);

/** Members of a provider's request and answer, which LiteLLM writes as `llm.<provider>.<member>`. */
const rawMembers =
  /^llm\.(?!(?:token_count|cost|usage)\.)[^.]+\.(?:messages?|contents?|system|system_instruction|systemInstruction|instructions|choices|candidates|generations?|inputs?|inputText|outputs?|outputText|results?|prompts?|completions?|suffix|preamble|chat_history|tools|toolConfig|functions|tool_calls|documents|query|texts?|reasoning_content|response|data)$/;

/** True for an attribute that `content: drop` leaves out. */
export function isContentKey(key: string): boolean {
  if (describing.has(key)) return false;
  return keys.has(key) || prefixes.some((prefix) => key.startsWith(prefix)) || rawMembers.test(key);
}

/** Log records and span events that carry a message in their body or their attributes. */
export function isContentEvent(name: string): boolean {
  return (
    name.startsWith('llm.content.') ||
    /^gen_ai\.(?:system|user|assistant|tool|choice|content|client\.inference)/.test(name)
  );
}

/** Events of LlamaIndex's dispatcher, which hold everything that a step was given and gave. */
const dispatched =
  /^(?:(?:LLM|StreamChat|Sparse|Embedding|Retrieval|ReRank|Query|Synthesize|GetResponse|Agent)[A-Za-z]*Event|(?:step|workflow)\.output)$/;

/** What describes them: ids, models and tokens. */
const describesStep =
  /^(?:class_name|id_|span_id|timestamp|model_dict\.(?!.*prompt).*|tags\.llamaindex\.(?:run_id|step\.input_event)|response\.(?:message\.role|raw\.(?:id|model|object|created|service_tier|system_fingerprint|usage\..*)|additional_kwargs\.[a-z_]*tokens))$/;

/** True for an attribute of a span event that `content: drop` leaves out, whatever it may be elsewhere. */
export function isEventContent(event: string, key: string): boolean {
  if (isContentEvent(event)) return !key.startsWith('gen_ai.');
  return dispatched.test(event) && !describesStep.test(key);
}
