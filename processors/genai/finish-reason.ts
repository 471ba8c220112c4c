const aliases: ReadonlyMap<string, string> = new Map(
  Object.entries({
    stop: ['end_turn', 'stop_sequence', 'complete', 'completed', 'eos', 'finished', 'finish'],
    length: ['max_tokens', 'max_output_tokens', 'model_context_window_exceeded'],
    tool_call: ['tool_calls', 'tool_use', 'function_call', 'tool_execution'],
    content_filter: [
      'safety',
      'recitation',
      'blocklist',
      'prohibited_content',
      'spii',
      'guardrail_intervened',
      'content_filtered',
      'refusal',
    ],
    error: ['failed', 'malformed_function_call'],
  }).flatMap(([canonical, others]) => [canonical, ...others].map((name) => [name, canonical])),
);

/**
 * The semconv name of a finish reason (`stop`, `length`, `tool_call`, `content_filter`, `error`); reasons that are none of
 * these (`pause_turn`, `other`) keep their spelling. Python's enum form (`FinishReason.STOP`) is understood.
 */
export function toFinishReason(reason: string): string {
  const name = reason
    .slice(reason.lastIndexOf('.') + 1)
    .trim()
    .toLowerCase()
    .replaceAll('-', '_');
  return aliases.get(name) ?? reason;
}
