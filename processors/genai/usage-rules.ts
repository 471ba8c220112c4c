import type { UsageRule } from './usage.ts';

interface Line extends UsageRule {
  /** Tested against `scope@version`. */
  readonly scope: RegExp;
  /** Canonical providers it holds for; every one where absent. */
  readonly providers?: readonly string[];
}

const anthropicFamily = ['anthropic', 'aws.bedrock'];

/**
 * What instrumentations mean where their numbers alone do not tell, by scope and version; the first line that fits counts.
 * Sources: captures of the emitters, and their code at the versions named.
 */
const table: readonly Line[] = [
  { scope: /^@?openlit[./]/, providers: anthropicFamily, input: 'exclusive' },
  { scope: /^opentelemetry\.instrumentation\.(genai\.)?bedrock@/, input: 'exclusive' },
  { scope: /^opentelemetry\.instrumentation\.botocore/, input: 'exclusive' },
  {
    scope: /^@opentelemetry\/instrumentation-aws-sdk@/,
    providers: ['aws.bedrock'],
    input: 'exclusive',
  },
  { scope: /^@traceloop\/instrumentation-anthropic@0\.(\d|1\d|2[0-7])\./, input: 'exclusive' },
  { scope: /^@traceloop\/instrumentation-bedrock@/, input: 'exclusive' },
  { scope: /^@arizeai\/openinference-instrumentation-bedrock@/, input: 'exclusive' },
  { scope: /^@traceloop\/instrumentation-google-generativeai@/, output: 'exclusive' },
  { scope: /^com\.anthropic\.sdk\./, input: 'inclusive' },
  { scope: /^(pydantic-ai|logfire)/, input: 'inclusive' },
  {
    scope:
      /^(@opentelemetry\/|opentelemetry\.instrumentation\.(genai|openai|anthropic|google_genai))/,
    input: 'inclusive',
  },
];

/** Enough for the scopes and providers of any fleet. */
const maxCached = 4096;

/** Looks up the rule for an emitter and provider; undefined where none is known. Answers are remembered. */
export function createUsageRules(): (
  scope: string,
  version: string,
  provider: string | undefined,
) => UsageRule | undefined {
  const known = new Map<string, UsageRule | undefined>();
  // Neighbours nearly always share their scope and provider.
  let last = { scope: '', version: '', provider: undefined as string | undefined };
  let lastRule: UsageRule | undefined;
  return (scope, version, provider) => {
    const isSame = last.scope === scope && last.version === version;
    if (!isSame || last.provider !== provider || scope === '') {
      last = { scope, version, provider };
      lastRule = find(scope, version, provider);
    }
    return lastRule;
  };

  function find(
    scope: string,
    version: string,
    provider: string | undefined,
  ): UsageRule | undefined {
    const emitter = `${scope}@${version}`;
    const cacheKey = `${emitter} ${provider ?? ''}`;
    if (known.has(cacheKey)) return known.get(cacheKey);
    if (known.size >= maxCached) known.clear();
    const line = table.find(
      (l) =>
        l.scope.test(emitter) &&
        (l.providers === undefined || l.providers.includes(provider ?? '')),
    );
    known.set(cacheKey, line);
    return line;
  }
}
