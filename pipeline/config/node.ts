import type { SourcePosition } from './config.ts';

/**
 * The configuration as a tree that remembers where each part came from. Merging and expanding make new trees, so that a
 * diagnostic about any value can still point at the place where it was written.
 */
export type ConfigNode = MapNode | ListNode | ScalarNode;

/** Where a part of the tree came from. */
export interface Origin {
  readonly position: SourcePosition;
  /** The text as written or as a reference gave it; what a key that wants a string gets. */
  readonly text?: string;
  /** The `${…}` as written, where the value came from one: messages show this, never the value. */
  readonly reference?: string;
  /** The reference could not be resolved, which is reported already: what follows from it is not. */
  readonly failed?: boolean;
}

export interface MapEntry {
  /** Where the key stands. */
  readonly position: SourcePosition;
  readonly value: ConfigNode;
}

export interface MapNode extends Origin {
  readonly kind: 'map';
  readonly entries: ReadonlyMap<string, MapEntry>;
}

interface ListNode extends Origin {
  readonly kind: 'list';
  readonly items: readonly ConfigNode[];
}

export interface ScalarNode extends Origin {
  readonly kind: 'scalar';
  readonly value: string | number | boolean | null;
}

/** A key or index path into a tree. */
export type NodePath = readonly (string | number)[];

/** What is known of a path into a tree: the node, where there is one, and the best place to point at. */
export interface Located {
  readonly node: ConfigNode | undefined;
  readonly position: SourcePosition;
}

/** Follows a path; where it leads out of the tree, the position is that of the deepest key on the way. */
export function locate(root: ConfigNode, path: NodePath): Located {
  let node: ConfigNode = root;
  let position = root.position;
  for (const step of path) {
    const entry = stepInto(node, step);
    if (entry === undefined) return { node: undefined, position };
    ({ value: node, position } = entry);
  }
  return { node, position };
}

function stepInto(node: ConfigNode, step: string | number): MapEntry | undefined {
  if (node.kind === 'map') return node.entries.get(String(step));
  if (node.kind !== 'list' || typeof step !== 'number') return undefined;
  const value = node.items[step];
  return value === undefined ? undefined : { position: value.position, value };
}

/** A path as messages show it: `exporters.otlp/2.headers[0]`. */
export function formatPath(path: NodePath): string {
  return path
    .map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`))
    .join('')
    .replace(/^\./, '');
}

/** A node's kind in the words of messages. */
export function describeNode(node: ConfigNode): string {
  if (node.kind !== 'scalar') return `a ${node.kind}`;
  if (node.value === null) return 'nothing';
  return { string: 'text', number: 'a number', boolean: 'true or false' }[
    typeof node.value as 'string' | 'number' | 'boolean'
  ];
}

/** True for a key without a value. */
export function isNull(node: ConfigNode): boolean {
  return node.kind === 'scalar' && node.value === null;
}

/** The same tree with another origin for every part of it, for values that stand in no file. */
export function placeAt(node: ConfigNode, origin: Omit<Origin, 'text'>): ConfigNode {
  if (node.kind === 'scalar') return { ...node, ...origin };
  if (node.kind === 'list') {
    return { ...node, ...origin, items: node.items.map((item) => placeAt(item, origin)) };
  }
  const entries = [...node.entries].map(
    ([key, { value }]) =>
      [key, { position: origin.position, value: placeAt(value, origin) }] as const,
  );
  return { ...node, ...origin, entries: new Map(entries) };
}
