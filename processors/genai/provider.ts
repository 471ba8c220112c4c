/**
 * Spellings by canonical name (semconv `gen_ai.provider.name`), without regard to separators; semconv's own values need no
 * line unless they have others.
 */
const spellings: Readonly<Record<string, readonly string[]>> = {
  openai: ['text-completion-openai'],
  // Servers that speak OpenAI's language.
  'openai-compatible': ['openai-like'],
  anthropic: ['anthropic-aws', 'claude'],
  'azure.ai.openai': ['azure', 'azure-openai', 'az.ai.openai', 'azure-text', 'azure-chat-openai'],
  'azure.ai.inference': ['az.ai.inference', 'azure-ai'],
  'aws.bedrock': ['bedrock', 'amazon', 'amazon-bedrock', 'aws', 'bedrock-converse'],
  'gcp.vertex_ai': [
    'vertex',
    'vertex-ai',
    'vertex-ai-beta',
    'vertex-ai-gemini',
    'google-vertex',
    'google-vertex-ai',
    'google-vertex-ai-gemini',
    'google-vertex-ai-anthropic',
    'google-anthropic-vertex',
    'anthropic-vertex',
  ],
  'gcp.gemini': [
    'gemini',
    'google',
    'google-ai',
    'google-ai-gemini',
    'google-ai-studio',
    'google-gemini',
    'google-genai',
    'google-genai-ai',
    'google.generative-ai',
    'google-gla',
    'generativelanguage',
  ],
  'gcp.gen_ai': [],
  mistral_ai: ['mistral', 'codestral', 'text-completion-codestral'],
  x_ai: [],
  'ibm.watsonx.ai': ['watsonx', 'watsonx-ai', 'watsonx-text', 'ibm'],
  moonshot_ai: ['moonshot'],
  cohere: ['cohere-chat'],
  groq: [],
  deepseek: [],
  perplexity: [],
  together_ai: ['together'],
  fireworks_ai: ['fireworks'],
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

/** Blanks and separators, which emitters put where they like: `Azure OpenAI`, `azure_open_ai`. */
function fold(name: string): string {
  return name.replace(/[\s._-]+/g, '');
}

const canonicalNames: ReadonlyMap<string, string> = new Map(
  Object.entries(spellings).flatMap(([canonical, others]) =>
    [canonical, ...others].map((spelling) => [fold(spelling), canonical]),
  ),
);

/** More than the longest spelling has, separators included; what is longer is not looked at further. */
const maxSpelling = 64;

/**
 * The semconv name of a provider, or undefined for '' and for names of frameworks. `openai.chat`, `Anthropic`, `OPEN_AI` and
 * `google.generative-ai` are understood (the longest known prefix before `.`, `-` or `/` counts); a provider that semconv
 * does not know (`ollama`, `openrouter`) keeps its name in lower case.
 */
export function toProvider(name: string): string | undefined {
  const lower = name.trim().toLowerCase();
  if (lower === '' || frameworks.has(lower)) return undefined;
  const head = lower.slice(0, maxSpelling);
  for (let end = head.length; end > 0; end = lastSeparator(head, end)) {
    const canonical = canonicalNames.get(fold(head.slice(0, end)));
    if (canonical !== undefined) return canonical;
  }
  return lower;
}

/** The semconv name that is spelled so, and nothing that only begins as one: `azure_openai` is Azure, `azure-eu` nobody known. */
export function spelledProvider(name: string): string | undefined {
  return canonicalNames.get(fold(name.toLowerCase()));
}

function lastSeparator(text: string, before: number): number {
  return Math.max(
    text.lastIndexOf('.', before - 1),
    text.lastIndexOf('-', before - 1),
    text.lastIndexOf('/', before - 1),
  );
}

const bedrockMakers =
  'ai21|amazon|anthropic|cohere|deepseek|google|luma|meta|minimax|mistral|moonshot|nvidia|openai|qwen|stability|twelvelabs|writer|zai';

const modelPatterns: readonly (readonly [RegExp, string])[] = [
  [/^arn:aws[\w-]*:bedrock:/, 'aws.bedrock'],
  // With a region or group of regions before it, or without.
  [new RegExp(`^([a-z]+(-gov)?\\.)?(${bedrockMakers})\\.[a-z]`), 'aws.bedrock'],
  // Open weights, which everybody serves.
  [/^gpt-oss/, ''],
  [/^(ft:)?(gpt-|chatgpt-|o[134](-|$)|davinci|babbage|whisper-|tts-|dall-e-)/, 'openai'],
  [/^(text-embedding-(3|ada)|codex-|computer-use-|omni-moderation-)/, 'openai'],
  [/^claude-/, 'anthropic'],
  [/^(models\/)?(gemini-|text-embedding-0)/, 'gcp.gemini'],
  [/^(mistral|ministral|codestral|pixtral|magistral|devstral)-/, 'mistral_ai'],
  [/^grok-/, 'x_ai'],
  [/^deepseek-(chat|reasoner|v\d)/, 'deepseek'],
  [/^(command-|(embed|rerank)-(english|multilingual|v\d))/, 'cohere'],
  [/^sonar(-|$)/, 'perplexity'],
  [/^(kimi|moonshot)-/, 'moonshot_ai'],
];

/** The provider that a model's name gives away, for emitters that name none; undefined where several serve such a model. */
export function inferProvider(model: string): string | undefined {
  const lower = model.toLowerCase();
  const provider = modelPatterns.find(([pattern]) => pattern.test(lower))?.[1];
  return provider === '' ? undefined : provider;
}
