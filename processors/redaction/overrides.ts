import type { Action } from './actions.ts';
import type { RedactionConfig } from './config.ts';
import type { Finding } from './entity.ts';
import { isEntity } from './entity.ts';

type Conditions = readonly (readonly [key: string, value: string])[];

/** Other actions for some attributes, under some resources, or on some items. */
export interface Override {
  /** Attributes of the resource, and those of the item, with the values they must have. */
  readonly resource: Conditions;
  readonly attributes: Conditions;
  fitsKey(key: string): boolean;
  /** undefined where it says nothing of a finding. */
  actionOf(finding: Finding): Action | 'off' | undefined;
}

/** Makes the overrides of a configuration, in its order. */
export function createOverrides(configs: RedactionConfig['overrides']): Override[] {
  return configs.map(({ keys, resource, attributes, action, entities }) => ({
    resource: Object.entries(resource),
    attributes: Object.entries(attributes),
    fitsKey: (key) => keys.length === 0 || keys.some((glob) => matchesGlob(glob, key)),
    actionOf: (finding) => (isEntity(finding) ? (entities[finding] ?? action) : action),
  }));
}

/** `*` stands for anything; parts between are looked for from left to right, in linear time. */
function matchesGlob(glob: string, key: string): boolean {
  const [first = '', ...rest] = glob.split('*');
  const last = rest.pop();
  if (last === undefined) return glob === key;
  if (!key.startsWith(first) || !key.endsWith(last)) return false;
  let at = first.length;
  for (const part of rest) {
    const found = key.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return at + last.length <= key.length;
}
