import type { Dialect } from './dialect.ts';
import { extendSemconv } from './extended.ts';

/** The spans that Anthropic's own SDKs emit by default (TypeScript since 0.137, Python since 2): semconv and a little more. */
export const anthropicSdk: Dialect = {
  name: 'anthropic_sdk',
  scopes: /^com\.anthropic\.sdk\./,
  evidence: ['anthropic.message.stop_reason', 'anthropic.request.id'],
  isFirstHand: true,
  create: extendSemconv({
    texts: { serviceTier: ['anthropic.response.service_tier'] },
    counts: {
      cacheWrite5m: ['anthropic.usage.cache_creation.ephemeral_5m_input_tokens'],
      cacheWrite1h: ['anthropic.usage.cache_creation.ephemeral_1h_input_tokens'],
      webSearches: ['anthropic.usage.server_tool_use.web_search_requests'],
    },
    finishReasons: ['anthropic.message.stop_reason'],
  }),
};
