import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toFinishReason } from './finish-reason.ts';

const reasons: Readonly<Record<string, readonly string[]>> = {
  stop: ['stop', 'STOP', 'end_turn', 'stop_sequence', 'completed', 'FinishReason.STOP'],
  length: ['length', 'max_tokens', 'MAX_TOKENS', 'max_output_tokens'],
  tool_call: ['tool_calls', 'tool-calls', 'tool_use', 'function_call', 'TOOL_CALL', 'tool_call'],
  content_filter: ['content-filter', 'SAFETY', 'refusal', 'guardrail_intervened', 'RECITATION'],
  error: ['error', 'ERROR', 'failed', 'MALFORMED_FUNCTION_CALL'],
  pause_turn: ['pause_turn'],
  other: ['other'],
};

test('finish reasons of every provider become the five of semconv, the rest keep their name', () => {
  for (const [canonical, spellings] of Object.entries(reasons)) {
    for (const spelling of spellings) assert.equal(toFinishReason(spelling), canonical, spelling);
  }
});
