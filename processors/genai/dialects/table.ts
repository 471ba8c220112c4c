import { anthropicSdk } from './anthropic-sdk.ts';
import type { Dialect } from './dialect.ts';
import { googleAdk } from './google-adk.ts';
import { langfuse } from './langfuse.ts';
import { langsmith } from './langsmith.ts';
import { litellm } from './litellm.ts';
import { llamaindex } from './llamaindex.ts';
import { mlflow } from './mlflow.ts';
import { openinference } from './openinference.ts';
import { openlit } from './openlit.ts';
import { openllmetry } from './openllmetry.ts';
import { otel } from './otel.ts';
import { pydanticAi } from './pydantic-ai.ts';
import { semanticKernel } from './semantic-kernel.ts';
import { strands } from './strands.ts';
import { vercel } from './vercel.ts';

/**
 * Every dialect that is understood, the more telling evidence first; `otel` stands last, because most others write some
 * `gen_ai.*` keys too. To add one: write its file and add its line.
 */
export const dialects: readonly Dialect[] = [
  langfuse,
  openinference,
  vercel,
  openllmetry,
  anthropicSdk,
  mlflow,
  langsmith,
  pydanticAi,
  googleAdk,
  strands,
  openlit,
  litellm,
  semanticKernel,
  llamaindex,
  otel,
];
