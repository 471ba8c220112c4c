import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Alias,
  type Document,
  type LineCounter,
  type Node,
  type YAMLMap,
} from 'yaml';
import type { SourcePosition } from './config.ts';
import type { DiagnosticCode, Report } from './diagnostic.ts';
import type { ConfigNode, MapEntry, MapNode, ScalarNode } from './node.ts';

/** A text whose offsets become lines and columns. */
export interface Place {
  readonly file: string;
  readonly lines: LineCounter;
}

/** Reports an error at an offset of the text. */
export function reportAt(
  report: Report,
  place: Place,
  found: { readonly code: DiagnosticCode; readonly offset: number; readonly message: string },
): void {
  const position = positionAt(place, found.offset);
  report({ severity: 'error', code: found.code, path: '', message: found.message, position });
}

/** More aliases, nodes or levels than a configuration can need: an alias bomb, or a circle. */
export class TreeTooLargeError extends Error {}

/** Nested aliases repeat what their anchors hold: a few lines of them make billions of nodes. */
const maxAliases = 100;
const maxNodes = 100_000;
const maxDepth = 64;

/**
 * Converts a parsed document to a tree with positions, following aliases and `<<` merges. Keys that are no text are
 * reported and left out; of duplicate keys the first one counts.
 * @throws TreeTooLargeError
 */
export function convertTree(document: Document, place: Place, report: Report): ConfigNode {
  let nodes = 0;
  let aliases = 0;

  const convert = (node: unknown, offset: number, depth: number): ConfigNode => {
    nodes += 1;
    if (nodes > maxNodes || depth > maxDepth) throw new TreeTooLargeError();
    const start = startOf(node) ?? offset;
    const position = positionAt(place, start);
    if (isAlias(node)) return convertAlias(node, start, depth);
    if (isMap(node)) return { kind: 'map', ...convertEntries(node, start, depth), position };
    if (isSeq(node)) {
      const items = node.items.map((item) => convert(item, start, depth + 1));
      return { kind: 'list', items, position };
    }
    if (isScalar(node)) return { ...toScalar(node.value, node.source), position };
    return { kind: 'scalar', value: null, position };
  };

  const convertAlias = (alias: Alias, offset: number, depth: number): ConfigNode => {
    aliases += 1;
    if (aliases > maxAliases) throw new TreeTooLargeError();
    const target = alias.resolve(document);
    if (target !== undefined) return convert(target, offset, depth + 1);
    const message = `"*${alias.source}" refers to no anchor; put text that starts with * in quotes`;
    reportAt(report, place, { code: 'yaml_syntax', offset, message });
    return { kind: 'scalar', value: null, position: positionAt(place, offset), failed: true };
  };

  const convertEntries = (
    map: YAMLMap,
    start: number,
    depth: number,
  ): Pick<MapNode, 'entries' | 'failed'> => {
    let failed = false;
    const entries = new Map<string, MapEntry>();
    const merged: ConfigNode[] = [];
    for (const pair of map.items) {
      const offset = startOf(pair.key) ?? start;
      const key = keyText(pair.key);
      const problem = keyProblem(key);
      if (problem !== undefined) reportAt(report, place, { ...problem, offset });
      failed ||= problem !== undefined;
      if (key === undefined || problem !== undefined) continue;
      const value = convert(pair.value, offset, depth + 1);
      if (key === '<<') merged.push(value);
      else if (!entries.has(key)) entries.set(key, { position: positionAt(place, offset), value });
    }
    for (const value of merged) addMerged(entries, value);
    return failed ? { entries, failed } : { entries };
  };

  return convert(document.contents, 0, 0);
}

function positionAt(place: Place, offset: number): SourcePosition {
  const { line, col } = place.lines.linePos(offset);
  return { file: place.file, line: Math.max(line, 1), column: Math.max(col, 1) };
}

function startOf(node: unknown): number | undefined {
  // Whatever the yaml package puts into its trees is a Node or null.
  return (node as Node | null | undefined)?.range?.[0];
}

function keyText(key: unknown): string | undefined {
  if (!isScalar(key)) return undefined;
  return typeof key.value === 'string' ? key.value : (key.source ?? String(key.value));
}

function keyProblem(
  key: string | undefined,
): { readonly code: DiagnosticCode; readonly message: string } | undefined {
  if (key === '__proto__') return { code: 'unknown_key', message: 'unknown key' };
  if (key !== undefined) return undefined;
  const message = 'a map or "{{…}}" stands where a key is expected; put such text in quotes';
  return { code: 'yaml_syntax', message };
}

function toScalar(value: unknown, source: string | undefined): Omit<ScalarNode, 'position'> {
  const kind = 'scalar';
  if (typeof value === 'string') return { kind, value };
  if (value === null || value === undefined) return { kind, value: null };
  const text = source ?? JSON.stringify(value);
  const isPlain = typeof value === 'number' || typeof value === 'boolean';
  return { kind, value: isPlain ? value : text, text };
}

/** YAML's `<<: *defaults`: keys of the map itself win over merged ones, and earlier merged ones over later. */
function addMerged(entries: Map<string, MapEntry>, value: ConfigNode): void {
  if (value.kind === 'list') for (const item of value.items) addMerged(entries, item);
  if (value.kind !== 'map') return;
  for (const [key, entry] of value.entries) if (!entries.has(key)) entries.set(key, entry);
}
