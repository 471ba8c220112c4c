/** `type` or `type/name`, cut at the first slash. */
export interface ComponentId {
  readonly type: string;
  readonly name: string | undefined;
}

const maxNameLength = 1024;

/**
 * Reads `type[/name]` by the Collector's rules (component/identifiable.go), except that a name may not have `.` or `..` as a part, because
 * names become directories. Undefined where it is none.
 */
export function parseComponentId(id: string): ComponentId | undefined {
  const slash = id.indexOf('/');
  const type = (slash < 0 ? id : id.slice(0, slash)).trim();
  if (!/^[a-zA-Z][0-9a-zA-Z_]{0,62}$/.test(type)) return undefined;
  if (slash < 0) return { type, name: undefined };
  const name = id.slice(slash + 1).trim();
  const isAllowed = name.length <= maxNameLength && /^[^\p{Z}\p{C}\p{S}]+$/u.test(name);
  const isPathStep = name.split(/[/\\]/).some((part) => /^\.{0,2}$/.test(part));
  return isAllowed && !isPathStep ? { type, name } : undefined;
}
