/** Token counts as the semantic conventions have them: `cacheRead` is a part of `input`. */
export interface Usage {
  readonly input: number;
  readonly output: number;
  readonly cacheRead: number;
}

/** A model as a provider names it. */
export interface Model {
  readonly provider: 'openai' | 'anthropic';
  readonly requested: string;
  readonly answered: string;
}

/** One message of a conversation. */
export interface Message {
  readonly role: 'system' | 'user' | 'assistant' | 'tool';
  readonly text: string;
}

/** A call of a tool, as the model asks for it. */
export interface ToolCall {
  readonly id: string;
  readonly name: string;
  readonly arguments: Readonly<Record<string, string>>;
}

interface Timed {
  readonly spanId: string;
  /** '' for the root. */
  readonly parentSpanId: string;
  /** From the start of the trace. */
  readonly startMs: number;
  readonly durationMs: number;
  /** What went wrong, '' where nothing did. */
  readonly error: string;
}

/** The agent, root of a trace; `usage` is the sum of its calls. */
export interface AgentStep extends Timed {
  readonly kind: 'agent';
  readonly name: string;
  readonly model: Model;
  readonly question: string;
  readonly answer: string;
  readonly usage: Usage;
  readonly sessionId: string;
  readonly userId: string;
}

/** A call of a model, that answers with text or asks for a tool. */
export interface LlmStep extends Timed {
  readonly kind: 'llm';
  readonly model: Model;
  readonly messages: readonly Message[];
  readonly answer: string;
  readonly toolCall: ToolCall | undefined;
  readonly usage: Usage;
  readonly responseId: string;
}

/** The run of a tool. */
export interface ToolStep extends Timed {
  readonly kind: 'tool';
  readonly call: ToolCall;
  readonly result: string;
}

/** A search in a store of documents. */
export interface RetrieverStep extends Timed {
  readonly kind: 'retriever';
  readonly query: string;
  readonly documents: readonly {
    readonly id: string;
    readonly text: string;
    readonly score: number;
  }[];
}

/** One span of a synthetic trace, in words of no dialect. */
export type Step = AgentStep | LlmStep | ToolStep | RetrieverStep;
