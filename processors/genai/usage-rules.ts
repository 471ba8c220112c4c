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
  { scope: /^gcp\.vertex\.agent@[01]\./, output: 'exclusive' },
  { scope: /^com\.anthropic\.sdk\./, input: 'inclusive' },
  { scope: /^(pydantic-ai|logfire)/, input: 'inclusive' },
  {
    scope:
      /^(@opentelemetry\/|opentelemetry\.instrumentation\.(genai|openai|anthropic|google_genai))/,
    input: 'inclusive',
  },
];

/** Enough for the scopes and providers of any fleet; hostile ones start the cache over. */
const maxCached = 4096;

/** An emitter that nothing is known of. */
const noRule: UsageRule = {};

/** Finds the rule for the emitter and provider of a call, one without content where nothing is known. */
export type FindUsageRule = (emitter: Emitter, provider: string | undefined) => UsageRule;

/** Name and version of the instrumentation scope that a span came under. */
export interface Emitter {
  readonly scope: string;
  readonly version: string;
}

/** Creates the look-up of a worker, which remembers its answers. */
export function createUsageRules(): FindUsageRule {
  const byEmitter = new Map<string, Map<string | undefined, UsageRule>>();
  let cached = 0;
  // Neighbours nearly always share their scope.
  let last = { scope: '', version: '', rules: new Map<string | undefined, UsageRule>() };
  return ({ scope, version }, provider) => {
    if (last.scope !== scope || last.version !== version) {
      last = { scope, version, rules: rulesOf(`${scope}@${version}`) };
    }
    let rule = last.rules.get(provider);
    if (rule === undefined) {
      rule = find(`${scope}@${version}`, provider);
      last.rules.set(provider, rule);
      cached++;
    }
    return rule;
  };

  function rulesOf(emitter: string): Map<string | undefined, UsageRule> {
    if (cached >= maxCached) {
      byEmitter.clear();
      cached = 0;
    }
    let rules = byEmitter.get(emitter);
    if (rules === undefined) {
      rules = new Map<string | undefined, UsageRule>();
      byEmitter.set(emitter, rules);
    }
    return rules;
  }
}

function find(emitter: string, provider = ''): UsageRule {
  const line = table.find(
    ({ scope, providers }) =>
      scope.test(emitter) && (providers === undefined || providers.includes(provider)),
  );
  const rest = rests.get(provider);
  return rest === undefined ? (line ?? noRule) : { ...line, rest };
}

/** By provider: Bedrock's totals contain cached input, Gemini's the thoughts, beside counts that do not. */
const rests: ReadonlyMap<string, 'input' | 'output'> = new Map<string, 'input' | 'output'>([
  ['aws.bedrock', 'input'],
  ['anthropic', 'input'],
  ['gcp.gemini', 'output'],
  ['gcp.gen_ai', 'output'],
  ['gcp.vertex_ai', 'output'],
]);
