import type { Dialect } from './dialect.ts';
import { extendSemconv } from './extended.ts';

/** Microsoft's Semantic Kernel and Agent Framework, Python and .NET. */
export const semanticKernel: Dialect = {
  name: 'semantic_kernel',
  scopes:
    /^(semantic_kernel\.|Microsoft\.SemanticKernel|agent_framework|(Experimental\.)?Microsoft\.Agents\.AI)/,
  evidence: ['sk.available_functions'],
  create: extendSemconv({
    counts: {
      input: ['gen_ai.response.prompt_tokens'],
      output: ['gen_ai.response.completion_tokens'],
    },
  }),
};
