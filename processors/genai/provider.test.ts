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
  ['', undefined],
];

test('spellings of providers become semconv names, and frameworks become none', () => {
  for (const [spelling, name] of providers) assert.equal(toProvider(spelling), name, spelling);
});

test('a provider name is a fixed point', () => {
  for (const [, name] of providers) if (name !== undefined) assert.equal(toProvider(name), name);
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
  ['llama3.1', undefined],
  ['chat-prod', undefined],
];

test('a model names its provider only where no other serves it under that name', () => {
  for (const [model, name] of models) assert.equal(inferProvider(model), name, model);
});
