import type { Action } from './actions.ts';
import type { RedactionConfig } from './config.ts';

/** Every action that a configuration asks for anywhere, `off` left out. */
export function askedActions(
  config: Pick<RedactionConfig, 'action' | 'hash_function' | 'entities' | 'custom' | 'overrides'>,
): ReadonlySet<Action> {
  const asked: (Action | 'off' | undefined)[] = [
    config.action,
    config.hash_function.startsWith('hmac') ? 'hash' : undefined,
    ...Object.values(config.entities),
    ...config.custom.map(({ action }) => action),
    ...config.overrides.flatMap(({ action, entities }) => [action, ...Object.values(entities)]),
  ];
  return new Set(asked.filter((action) => action !== undefined && action !== 'off'));
}
