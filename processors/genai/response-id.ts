/** Ids that providers give to answers, as an unescaped member of a JSON body: text inside a message is escaped there. */
const memberPattern =
  /"(?:id|response_id|responseId)"\s*:\s*"((?:chatcmpl|cmpl|resp|msg|gen)[-_][^"\\]{1,128})"/;

/** OpenAI's Responses API calls the messages in an answer `msg_…` as Anthropic calls answers, and the answer `resp_…`. */
const responsePattern = /"(?:id|response_id)"\s*:\s*"(resp_[^"\\]{1,128})"/;

/** The provider's id of an answer in the answer's JSON text, for dialects that have no attribute for it. */
export function findResponseId(json: string): string | undefined {
  const id = memberPattern.exec(json)?.[1];
  return id?.startsWith('msg_') === true ? (responsePattern.exec(json)?.[1] ?? id) : id;
}

/**
 * Whether an id tells one answer from all others. Servers that count (`chatcmpl-123` of Ollama) repeat theirs, and two
 * calls that share one must both be billed.
 */
export function isUniqueResponseId(id: string | undefined): id is string {
  return id !== undefined && id.length >= 8 && !/^([a-z]+[-_])?\d{1,8}$/i.test(id);
}
