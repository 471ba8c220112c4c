import type { Item } from '../../pipeline/batch/batch.ts';
import type { Keys } from '../../pipeline/batch/key.ts';

/** What spans get that say nothing of it themselves. */
export interface EnvironmentDefaults {
  readonly environment?: string | undefined;
  readonly release?: string | undefined;
}

/** Longest environment that Langfuse takes. */
const maxLength = 40;

/**
 * Creates the writer of `langfuse.environment` and `langfuse.release`. An environment is written in the letters that
 * Langfuse takes; it would put any other under "default".
 */
export function createEnvironmentWriter(
  defaults: EnvironmentDefaults,
  keys: Keys,
): (span: Item) => void {
  const environmentTo = keys.key('langfuse.environment');
  const releaseTo = keys.key('langfuse.release');
  const sources = [
    environmentTo,
    keys.key('deployment.environment.name'),
    keys.key('deployment.environment'),
  ];
  return ({ attributes, resource }) => {
    const found = sources
      .map((key) => attributes.string(key) ?? resource.string(key))
      .find((text) => text);
    const environment = found === undefined ? defaults.environment : toEnvironment(found);
    if (environment !== undefined) attributes.setString(environmentTo, environment);
    const { release } = defaults;
    if (release === undefined || attributes.has(releaseTo) || resource.has(releaseTo)) return;
    attributes.setString(releaseTo, release);
  };
}

/** Undefined where nothing is left that Langfuse would take. */
function toEnvironment(text: string): string | undefined {
  const name = text
    .toLowerCase()
    .replace(/[^a-z0-9_-]+/g, '-')
    .replace(/^(langfuse|-)+/, '')
    .slice(0, maxLength);
  return name === '' ? undefined : name;
}
