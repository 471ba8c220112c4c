/** Spellings by canonical name (semconv `gen_ai.provider.name`); semconv's own values need no line unless they have others. */
const spellings: Readonly<Record<string, readonly string[]>> = {
  openai: [],
  anthropic: ['anthropic-aws', 'claude'],
  'azure.ai.openai': ['azure', 'azure_openai', 'azure-openai', 'azure.openai', 'az.ai.openai'],
  'azure.ai.inference': ['az.ai.inference', 'azure_ai'],
  'aws.bedrock': [
    'bedrock',
    'amazon',
    'amazon-bedrock',
    'amazon_bedrock',
    'aws',
    'aws_bedrock',
    'bedrock_converse',
    'bedrock-mantle',
  ],
  'gcp.vertex_ai': [
    'vertex_ai',
    'vertexai',
    'google_vertexai',
    'google.vertex',
    'google-vertex',
    'googlevertex',
  ],
  'gcp.gemini': [
    'gemini',
    'google_genai',
    'google-genai',
    'google.generative-ai',
    'google-gla',
    'google',
    'google_ai_studio',
    'generativelanguage',
  ],
  'gcp.gen_ai': [],
  mistral_ai: ['mistral', 'mistralai', 'mistral ai'],
  x_ai: ['xai', 'x-ai'],
  'ibm.watsonx.ai': ['watsonx', 'ibm'],
  moonshot_ai: ['moonshot', 'moonshotai'],
  cohere: [],
  groq: [],
  deepseek: [],
  perplexity: [],
  together_ai: ['together', 'togetherai'],
  fireworks_ai: ['fireworks', 'fireworksai'],
};

/** Names of frameworks and SDKs that stand where the provider should: they say nothing about who answered. */
const frameworks: ReadonlySet<string> = new Set([
  'strands-agents',
  'gcp.vertex.agent',
  'langchain',
  'langgraph',
  'crewai',
  'autogen',
  'microsoft.agent_framework',
  'az.ai.agents',
  'litellm',
  'litellm_proxy',
  'gateway',
  'llamaindex',
  'llama_index',
  'haystack',
  'pydantic_ai',
  'dspy',
  'unknown',
  'none',
]);

const canonicalNames: ReadonlyMap<string, string> = new Map(
  Object.entries(spellings).flatMap(([canonical, others]) =>
    [canonical, ...others].map((spelling) => [spelling, canonical]),
  ),
);

/**
 * The semconv name of a provider, or undefined for '' and for names of frameworks. `openai.chat`, `Anthropic` and
 * `google.generative-ai` are understood (the longest known prefix before `.` or `-` counts); a provider that semconv does
 * not know (`ollama`, `openrouter`) keeps its name in lower case.
 */
export function toProvider(name: string): string | undefined {
  const lower = name.trim().toLowerCase();
  if (lower === '' || frameworks.has(lower)) return undefined;
  for (let end = lower.length; end > 0; end = lastSeparator(lower, end)) {
    const canonical = canonicalNames.get(lower.slice(0, end));
    if (canonical !== undefined) return canonical;
  }
  return lower;
}

/** The semconv name that is spelled so, and nothing that only begins as one: `azure_openai` is Azure, `azure-eu` nobody known. */
export function spelledProvider(name: string): string | undefined {
  return canonicalNames.get(name.trim().toLowerCase());
}

function lastSeparator(text: string, before: number): number {
  return Math.max(
    text.lastIndexOf('.', before - 1),
    text.lastIndexOf('-', before - 1),
    text.lastIndexOf('/', before - 1),
  );
}

const modelPatterns: readonly (readonly [RegExp, string])[] = [
  [/^arn:aws[\w-]*:bedrock:/, 'aws.bedrock'],
  [/^(us|eu|apac|au|jp|us-gov|global)\.[a-z0-9]+\./, 'aws.bedrock'],
  [/^(anthropic|amazon|meta|mistral|cohere|ai21|deepseek|qwen|openai)\.[a-z]/, 'aws.bedrock'],
  [/^(ft:)?(gpt-|chatgpt-|o[134](-|$)|text-embedding-|davinci|babbage|whisper-|tts-)/, 'openai'],
  [/^claude-/, 'anthropic'],
  [/^(models\/)?gemini-/, 'gcp.gemini'],
  [/^(mistral|ministral|codestral|pixtral|magistral|devstral)-/, 'mistral_ai'],
  [/^grok-/, 'x_ai'],
  [/^deepseek-(chat|reasoner|v\d)/, 'deepseek'],
  [/^command-/, 'cohere'],
  [/^sonar(-|$)/, 'perplexity'],
  [/^(kimi|moonshot)-/, 'moonshot_ai'],
];

/** The provider that a model's name gives away, for emitters that name none; undefined where several serve such a model. */
export function inferProvider(model: string): string | undefined {
  const lower = model.toLowerCase();
  return modelPatterns.find(([pattern]) => pattern.test(lower))?.[1];
}
