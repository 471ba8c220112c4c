import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { encodeJson } from '../../pipeline/otlp/encode-json.ts';
import { projectRoot } from '../../test/support/project-root.ts';
import { attribute, firstSpan, spanRequest, toRequest } from '../../test/support/redacted-span.ts';
import { createRedactionRun } from './run-redaction.ts';

const said = 'why did the span cross the trace';
const { run } = createRedactionRun('traces', { content: 'drop' });

/** One call in each dialect, as its SDK sent it; the model always told the same joke. */
const folder = join(projectRoot, 'processors/genai/testdata');
const dialects = readdirSync(folder).filter((name) => name.endsWith('.pb'));

describe('content: drop', () => {
  for (const name of dialects) {
    it(`leaves nothing of what was said: ${name}`, () => {
      const json = encodeJson('traces', run(readFileSync(join(folder, name))));
      assert.doesNotMatch(json, /cross the trace|reach its parent|tell me a joke|be brief/i);
    });
  }

  const keys = [
    'gen_ai.event.content',
    'gen_ai.content.prompt',
    'gen_ai.task.input',
    'gen_ai.tool.args',
    'gen_ai.prompt.0.content',
    'gen_ai.prompt.variable.q',
    'llm.prompts.0.prompt.text',
    'llm.choices.0.completion.text',
    'llm.function_call',
    'llm.request.functions.0.description',
    'llm.openai.messages',
    'llm.anthropic.system',
    'llm.bedrock.output',
    'llm.None.input',
    'message.tool_calls.0.tool_call.function.arguments',
    'ai.response.files',
    'ai.result.text',
    'request_data',
    'response_data',
    'events',
    'mlflow.chat.messages',
    'gcp.vertex.agent.data',
    'crew_tasks',
    'langwatch.input',
    'genkit:output',
    'prompt',
  ];
  for (const key of keys) {
    it(`leaves out ${key}`, () => {
      const span = firstSpan(run(spanRequest({ attributes: [attribute(key, said)] })));
      assert.equal(span.attributes.has(key), false);
    });
  }

  it('keeps models, counts, costs and the names of prompts', () => {
    const kept = [
      'gen_ai.request.model',
      'gen_ai.prompt.name',
      'gen_ai.prompt.version',
      'llm.token_count.prompt',
      'llm.token_count.completion',
      'llm.cost.prompt',
      'llm.usage.prompt_tokens',
      'llm.openai.model',
      'llm.openai.usage',
      'llm.request.model_name',
      'message.id',
      'ai.response.model',
    ];
    const span = firstSpan(
      run(spanRequest({ attributes: kept.map((key) => attribute(key, 'v')) })),
    );
    assert.deepEqual([...span.attributes.keys()], kept);
  });

  it('leaves out what events of a step hold, and keeps its model and tokens', () => {
    const events = [
      'LLMChatEndEvent',
      'LLMPredictStartEvent',
      'RetrievalEndEvent',
      'step.output',
    ].map((name) => ({
      name,
      attributes: [
        attribute('messages', said),
        attribute('response.message.blocks', said),
        attribute('response.raw.choices', said),
        attribute('template_args.context_str', said),
        attribute('nodes', said),
        attribute('model_dict.system_prompt', said),
        attribute('model_dict.model_name', 'gpt-4o'),
        attribute('response.raw.usage.total_tokens', '17'),
      ],
    }));
    const span = firstSpan(run(spanRequest({ events })));
    assert.doesNotMatch(span.json, new RegExp(said));
    assert.equal(span.json.match(/"gpt-4o"/g)?.length, events.length);
    assert.equal(span.json.match(/"17"/g)?.length, events.length);
  });

  it('leaves out the body of a message whose event is named by an attribute', () => {
    const body = { kvlistValue: { values: [attribute('content', said)] } };
    const attributes = [
      attribute('event.name', 'gen_ai.user.message'),
      attribute('gen_ai.system', 'openai'),
    ];
    const request = toRequest('logs', {
      resourceLogs: [{ scopeLogs: [{ logRecords: [{ body, attributes }] }] }],
    });
    const json = encodeJson('logs', createRedactionRun('logs', { content: 'drop' }).run(request));
    assert.doesNotMatch(json, new RegExp(said));
    assert.match(json, /"body":\{"stringValue":"\[CONTENT\]"\}/);
    assert.match(json, /"openai"/);
  });
});
