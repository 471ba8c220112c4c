import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isSignal, type Signal } from '../../pipeline/component/signal.ts';
import { projectRoot } from './project-root.ts';

/** One recorded export request of a real SDK. */
export interface Capture {
  /** Path below the fixtures. */
  readonly name: string;
  readonly signal: Signal;
  readonly encoding: 'protobuf' | 'json';
  readonly body: Buffer;
}

/** The large collection of recordings, which not every checkout has beside it; undefined where it is absent. */
export function fixturesDir(): string | undefined {
  const directory = process.env['WEIR_FIXTURES'] ?? join(projectRoot, '../shared/fixtures');
  return existsSync(directory) ? directory : undefined;
}

/** Every capture below a directory, in order of name; a `.json` twin of a `.pb` is left out. */
export function readCaptures(directory: string): Capture[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .sort()
    .flatMap((name) => toCapture(directory, name) ?? []);
}

function toCapture(directory: string, name: string): Capture | undefined {
  const match = /(?:v1_|-)(traces|logs|metrics)\.(pb|json)$/.exec(name);
  const signal = match?.[1] ?? '';
  if (!isSignal(signal)) return undefined;
  const isJson = match?.[2] === 'json';
  if (isJson && existsSync(join(directory, name.replace(/json$/, 'pb')))) return undefined;
  const body = readFileSync(join(directory, name));
  return { name, signal, encoding: isJson ? 'json' : 'protobuf', body };
}
