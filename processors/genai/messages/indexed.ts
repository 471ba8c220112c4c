import type { Attributes } from '../../../pipeline/batch/batch.ts';
import type { Key } from '../../../pipeline/batch/key.ts';
import { toJson } from '../../../pipeline/batch/value-json.ts';

/** Beyond this an index is taken for a name: a list is as long as its largest index, whoever sent it. */
const maxIndex = 4096;

/** Deeper than any convention nests; what lies below is dropped rather than walked. */
const maxDepth = 16;

interface Node {
  readonly members: Map<string, Node>;
  value: unknown;
}

/**
 * Rebuilds the JSON data that an emitter flattened into attributes (`llm.input_messages.0.message.role`): the names after
 * the prefix are split at dots, and members that are all numbered become a list in their order. Undefined where no
 * attribute has the prefix.
 */
export function unflatten(attributes: Attributes, prefix: Key): unknown {
  let root: Node | undefined;
  for (const attribute of attributes.withPrefix(prefix)) {
    root ??= createNode();
    const path = attribute.name.slice(prefix.name.length);
    put(root, path.split('.', maxDepth), toJson(attribute.value()));
  }
  return root === undefined ? undefined : toData(root);
}

function createNode(): Node {
  return { members: new Map(), value: undefined };
}

function put(root: Node, path: readonly string[], value: unknown): void {
  let node = root;
  for (const name of path) {
    let member = node.members.get(name);
    if (member === undefined) node.members.set(name, (member = createNode()));
    node = member;
  }
  node.value = value;
}

function toData(node: Node): unknown {
  if (node.members.size === 0) return node.value;
  const names = [...node.members.keys()];
  if (names.every(isIndex)) {
    const sorted = [...node.members].sort(([a], [b]) => Number(a) - Number(b));
    return sorted.map(([, member]) => toData(member));
  }
  return Object.fromEntries([...node.members].map(([name, member]) => [name, toData(member)]));
}

function isIndex(name: string): boolean {
  return /^\d{1,4}$/.test(name) && Number(name) <= maxIndex;
}
