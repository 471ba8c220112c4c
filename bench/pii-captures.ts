import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Finds the names of what is found in the value of an attribute. */
type Find = (key: string, value: string) => readonly string[];

/**
 * Prints what is found in captures of instrumented applications, OTLP/JSON in any folder below `root` whose name begins
 * with `otlp`: their conversations hold nobody's data, so that every hit is one in a model's name, an id, a time, a count.
 */
export function evaluateCaptures(root: string, find: Find): void {
  const folders = readdirSync(root).filter((name) => name.startsWith('otlp'));
  let files = 0;
  let values = 0;
  const counts = new Map<string, number>();
  for (const file of folders.flatMap((name) => captureFiles(join(root, name)))) {
    files++;
    for (const [key, value] of valuesOf(JSON.parse(readFileSync(file, 'utf8')))) {
      values++;
      for (const entity of find(key, value)) {
        counts.set(`${entity} in ${key}`, (counts.get(`${entity} in ${key}`) ?? 0) + 1);
      }
    }
  }
  const hits = [...counts].map(([name, count]) => `${name} ${count}`).join(', ');
  console.log(`\n${files} captures, ${values} values; hits: ${hits === '' ? 'none' : hits}`);
}

function captureFiles(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.json') && !/headers|truth/.test(name))
    .map((name) => join(folder, name));
}

/** All strings of a document with the key of their attribute, or of their field. */
function* valuesOf(node: unknown, key = ''): Generator<readonly [key: string, value: string]> {
  if (typeof node === 'string') yield [key, node];
  if (typeof node !== 'object' || node === null) return;
  if ('key' in node && typeof node.key === 'string' && 'value' in node) {
    yield* valuesOf(node.value, node.key);
    return;
  }
  for (const [field, inner] of Object.entries(node)) {
    yield* valuesOf(inner, /^\d+$|Value$|^values?$/.test(field) ? key : field);
  }
}
