import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runSpan } from '../run-span.ts';

test('arguments of tools are read under their old name, and held once', async () => {
  const { attributes } = await runSpan({
    scope: 'openlit.otel.tracing',
    attributes: { 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.args': '{"at":1}' },
  });
  assert.equal(attributes['gen_ai.tool.call.arguments'], '{"at":1}');
  assert.equal('gen_ai.tool.args' in attributes, false);
});

test('steps of frameworks are chains', async () => {
  const sent = { 'gen_ai.operation.name': 'framework', 'gen_ai.system': 'langchain' };
  const { attributes } = await runSpan({ scope: 'openlit.otel.tracing', attributes: sent });
  assert.equal(attributes['genai.kind'], 'chain');
});
