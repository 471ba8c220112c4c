import type { NameOptions } from './metric-name.ts';

/** What of a configuration says how names are translated: the Collector's keys. */
export interface NamingKeys {
  readonly namespace: string;
  readonly add_metric_suffixes: boolean;
  readonly translation_strategy?: string | undefined;
}

/** How names are translated; `translation_strategy` goes before the older `add_metric_suffixes`. */
export function toNaming(config: NamingKeys): NameOptions {
  const { namespace, add_metric_suffixes: hasSuffixes, translation_strategy: strategy } = config;
  if (strategy === undefined) return { namespace, hasSuffixes, isEscaped: true };
  return {
    namespace,
    hasSuffixes: strategy.endsWith('WithSuffixes'),
    isEscaped: strategy.startsWith('UnderscoreEscaping'),
  };
}
