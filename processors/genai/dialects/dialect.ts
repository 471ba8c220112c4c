import type { Item } from '../../../pipeline/batch/batch.ts';
import type { Key, Keys } from '../../../pipeline/batch/key.ts';
import type { Call } from '../call.ts';
import type { Content } from '../messages/content.ts';

/** Written as `genai.dialect`; a closed set, because it is a metric label. */
export type DialectName =
  | 'otel'
  | 'openinference'
  | 'openllmetry'
  | 'vercel'
  | 'langfuse'
  | 'langsmith'
  | 'openlit'
  | 'litellm'
  | 'pydantic_ai'
  | 'mlflow'
  | 'google_adk'
  | 'strands'
  | 'semantic_kernel'
  | 'anthropic_sdk'
  | 'llamaindex';

/** What a dialect does with the keys of one worker. */
export interface DialectReader {
  /** Keys that it reads into canonical ones of another name: what `remove_originals` removes. */
  readonly originals: readonly Key[];
  /** Fills what the call does not have yet from the span. Values may stay in the emitter's words; `normalise` follows. */
  readonly read: (span: Item, call: Call) => void;
  /** Fills in the messages that the span carries. Called where messages are wanted, after the call is known. */
  readonly readContent: (span: Item, call: Call, content: Content) => void;
}

/** One vendor's way to write a call into span attributes. */
export interface Dialect {
  readonly name: DialectName;
  /** Instrumentation scopes, tested as `name@version`; scopes decide before evidence. */
  readonly scopes: RegExp | undefined;
  /** Keys that no other dialect writes: one of them is enough where the scope tells nothing. */
  readonly evidence: readonly string[];
  /** Whether the scope is enough: its spans may hold everything in events and have no attributes. */
  readonly isToldByScope?: true;
  /** Whether the provider's own SDK writes it: its counts then win over those that instrumentations read from its answers. */
  readonly isFirstHand?: true;
  /** Interns the dialect's keys. */
  readonly create: (keys: Keys) => DialectReader;
}
