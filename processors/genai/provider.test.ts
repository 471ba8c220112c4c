import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inferProvider, toProvider } from './provider.ts';

const providers: readonly (readonly [string, string | undefined])[] = [
  ['openai', 'openai'],
  ['OpenAI', 'openai'],
  ['openai.chat', 'openai'],
  ['openai.responses', 'openai'],
  ['Anthropic', 'anthropic'],
  ['anthropic.messages', 'anthropic'],
  ['anthropic-aws.messages', 'anthropic'],
  ['azure', 'azure.ai.openai'],
  ['azure.responses', 'azure.ai.openai'],
  ['az.ai.openai', 'azure.ai.openai'],
  ['az.ai.inference', 'azure.ai.inference'],
  ['azure.ai.inference', 'azure.ai.inference'],
  ['bedrock', 'aws.bedrock'],
  ['amazon-bedrock', 'aws.bedrock'],
  ['bedrock_converse', 'aws.bedrock'],
  ['bedrock.anthropic.messages', 'aws.bedrock'],
  ['aws', 'aws.bedrock'],
  ['vertex_ai', 'gcp.vertex_ai'],
  ['google.vertex.chat', 'gcp.vertex_ai'],
  ['googleVertex.anthropic.messages', 'gcp.vertex_ai'],
  ['gemini', 'gcp.gemini'],
  ['google.generative-ai', 'gcp.gemini'],
  ['google', 'gcp.gemini'],
  ['gcp.gen_ai', 'gcp.gen_ai'],
  ['MistralAI', 'mistral_ai'],
  ['mistral.chat', 'mistral_ai'],
  ['xai.chat', 'x_ai'],
  ['moonshotai.chat', 'moonshot_ai'],
  ['together', 'together_ai'],
  ['watsonx', 'ibm.watsonx.ai'],
  ['ollama', 'ollama'],
  ['OpenRouter', 'openrouter'],
  ['strands-agents', undefined],
  ['gcp.vertex.agent', undefined],
  ['langchain', undefined],
  ['microsoft.agent_framework', undefined],
  ['vertex.anthropic.messages', 'gcp.vertex_ai'],
  ['vertex_ai_beta', 'gcp.vertex_ai'],
  ['vertex_ai-anthropic_models', 'gcp.vertex_ai'],
  ['google_anthropic_vertex', 'gcp.vertex_ai'],
  ['OPEN_AI', 'openai'],
  ['text-completion-openai', 'openai'],
  ['openai-compatible.chat', 'openai-compatible'],
  ['openai_like', 'openai-compatible'],
  ['Azure OpenAI', 'azure.ai.openai'],
  ['AZURE_OPEN_AI', 'azure.ai.openai'],
  ['azure_text', 'azure.ai.openai'],
  ['azure_ai', 'azure.ai.inference'],
  ['Amazon Bedrock', 'aws.bedrock'],
  ['GOOGLE_AI_GEMINI', 'gcp.gemini'],
  ['google_genai', 'gcp.gemini'],
  ['x.ai', 'x_ai'],
  ['deep_seek', 'deepseek'],
  ['cohere_chat', 'cohere'],
  ['', undefined],
];

test('spellings of providers become semconv names, and frameworks become none', () => {
  for (const [spelling, name] of providers) assert.equal(toProvider(spelling), name, spelling);
});

test('a provider name is a fixed point', () => {
  for (const [, name] of providers) if (name !== undefined) assert.equal(toProvider(name), name);
});

test('a name of a megabyte is read by its beginning', () => {
  const unknown = 'a-'.repeat(500_000);
  assert.equal(toProvider(unknown), unknown);
  assert.equal(toProvider(`openai${'.x'.repeat(500_000)}`), 'openai');
});

const models: readonly (readonly [string, string | undefined])[] = [
  ['gpt-4o-mini-2024-07-18', 'openai'],
  ['o4-mini', 'openai'],
  ['ft:gpt-4o-2024-08-06:acme::x', 'openai'],
  ['claude-sonnet-4-5', 'anthropic'],
  ['us.anthropic.claude-sonnet-4-5-20250929-v1:0', 'aws.bedrock'],
  ['anthropic.claude-3-haiku-20240307-v1:0', 'aws.bedrock'],
  ['arn:aws:bedrock:us-east-1:1:inference-profile/us.anthropic.claude', 'aws.bedrock'],
  ['models/gemini-2.5-pro', 'gcp.gemini'],
  ['ca.amazon.nova-lite-v1:0', 'aws.bedrock'],
  ['us-gov.anthropic.claude-3-haiku-20240307-v1:0', 'aws.bedrock'],
  ['text-embedding-3-small', 'openai'],
  ['text-embedding-004', 'gcp.gemini'],
  ['rerank-v3.5', 'cohere'],
  ['embed-english-v3.0', 'cohere'],
  ['gpt-oss-120b', undefined],
  ['llama3.1', undefined],
  ['chat-prod', undefined],
];

test('a model names its provider only where no other serves it under that name', () => {
  for (const [model, name] of models) assert.equal(inferProvider(model), name, model);
});
