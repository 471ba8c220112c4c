import { openinference } from './dialects/openinference.ts';
import { openllmetry } from './dialects/openllmetry.ts';
import { otel } from './dialects/otel.ts';
import { vercel } from './dialects/vercel.ts';
import type { AgentStep, LlmStep, RetrieverStep, Step, ToolStep } from './step.ts';

/** Attribute values that the dialects use; undefined ones are left out. */
export type AttributeValue = string | number | boolean | readonly string[];
export type SpanAttributes = Readonly<Record<string, AttributeValue | undefined>>;

/** A step as an SDK writes it. */
export interface DialectSpan {
  readonly name: string;
  /** True for calls that leave the process (SpanKind CLIENT); INTERNAL otherwise. */
  readonly isClient: boolean;
  readonly attributes: SpanAttributes;
}

/** How one family of SDKs writes spans. */
export interface Dialect {
  readonly scope: { readonly name: string; readonly version: string };
  agent(step: AgentStep): DialectSpan;
  llm(step: LlmStep): DialectSpan;
  tool(step: ToolStep): DialectSpan;
  retriever(step: RetrieverStep): DialectSpan;
}

/** The dialects that `weir generate` speaks, by the names that `genai.dialect` has for them. */
export const dialects = { otel, openinference, openllmetry, vercel } as const satisfies Readonly<
  Record<string, Dialect>
>;

/** Name of a dialect. */
export type DialectName = keyof typeof dialects;

/** Writes a step in a dialect. */
export function writeStep(dialect: Dialect, step: Step): DialectSpan {
  switch (step.kind) {
    case 'agent':
      return dialect.agent(step);
    case 'llm':
      return dialect.llm(step);
    case 'tool':
      return dialect.tool(step);
    case 'retriever':
      return dialect.retriever(step);
  }
}
