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

/** Counters of servers have no more digits. */
const maxCounted = 8;

/**
 * Whether an id tells one answer from all others. Servers that count (`chatcmpl-123` of Ollama) repeat theirs, and two
 * calls that share one must both be billed.
 */
export function isUniqueResponseId(id: string | undefined): id is string {
  if (id === undefined || id.length < 8) return false;
  // Every call is asked several times: most ids are told without the pattern.
  let at = id.length;
  while (at > 0 && isDigit(id.charCodeAt(at - 1))) at--;
  const digits = id.length - at;
  return digits === 0 || digits > maxCounted || !/^([a-z]+[-_])?$/i.test(id.slice(0, at));
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}
