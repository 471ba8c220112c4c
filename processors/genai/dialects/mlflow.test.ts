import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runSpan } from '../run-span.ts';

test("answers of Bedrock's Converse and of Ollama, and bare choices, give their message", async () => {
  const outputOf = async (answer: unknown): Promise<unknown> => {
    const { attributes } = await runSpan({
      attributes: {
        'mlflow.spanType': '"CHAT_MODEL"',
        'mlflow.spanOutputs': JSON.stringify(answer),
      },
    });
    return JSON.parse(String(attributes['gen_ai.output.messages']));
  };
  const parts = [{ type: 'text', content: 'Yo' }];
  const expected = [{ role: 'assistant', parts, finish_reason: 'stop' }];
  const blocks = { role: 'assistant', content: [{ text: 'Yo' }] };
  const plain = { role: 'assistant', content: 'Yo' };
  assert.deepEqual(
    await outputOf({ output: { message: blocks }, stopReason: 'end_turn' }),
    expected,
  );
  assert.deepEqual(await outputOf({ model: 'x', message: plain, done_reason: 'stop' }), expected);
  assert.deepEqual(await outputOf([{ index: 0, message: plain, finish_reason: 'stop' }]), expected);
});
