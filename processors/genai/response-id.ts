/** Ids that providers give to answers, as an unescaped member of a JSON body: text inside a message is escaped there. */
const memberPattern =
  /"(?:id|response_id|responseId)"\s*:\s*"((?:chatcmpl|cmpl|resp|msg|gen)[-_][^"\\]{1,128})"/;

/** The provider's id of an answer in the answer's JSON text, for dialects that have no attribute for it. */
export function findResponseId(json: string): string | undefined {
  return memberPattern.exec(json)?.[1];
}

/**
 * Whether an id tells one answer from all others. Servers that count (`chatcmpl-123` of Ollama) repeat theirs, and two
 * calls that share one must both be billed.
 */
export function isUniqueResponseId(id: string | undefined): id is string {
  return id !== undefined && id.length >= 8 && !/^([a-z]+[-_])?\d{1,8}$/i.test(id);
}
