import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runSpan } from '../run-span.ts';

test('a guard that is a task of a workflow is a guardrail', async () => {
  const kindOf = async (more: object): Promise<unknown> => {
    const attributes = { 'traceloop.span.kind': 'task', 'traceloop.entity.name': 'pii', ...more };
    return (await runSpan({ scope: 'traceloop.tracer', attributes })).attributes['genai.kind'];
  };
  assert.equal(await kindOf({ 'gen_ai.operation.name': 'guard' }), 'guardrail');
  assert.equal(await kindOf({}), 'chain');
});
