import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { registry } from '../../cmd/weir/components.ts';
import { formatDiagnostics } from '../../pipeline/config/format-diagnostics.ts';
import { loadConfig } from '../../pipeline/config/load.ts';
import type { ConfigSource } from '../../pipeline/config/source.ts';
import { projectRoot } from '../support/project-root.ts';

/**
 * Each file holds a mistake and what Weir says about it: directives (`#! env NAME=value`, `#! set a.b=c`), the YAML, more
 * files after `---- name`, and after a bare `----` the expected output. `UPDATE_GOLDEN=1` rewrites the expectations.
 */
const folder = join(projectRoot, 'test/golden');

interface Case {
  /** Everything up to and including the bare `----` line. */
  readonly head: string;
  readonly sources: readonly ConfigSource[];
  readonly env: Readonly<Record<string, string>>;
  readonly sets: readonly string[];
  readonly expected: string;
}

function parseCase(text: string): Case {
  const end = text.lastIndexOf('----\n') + '----\n'.length;
  const head = text.slice(0, end);
  const [first = '', ...others] = head.slice(0, -'----\n'.length).split(/^---- /m);
  const directives = [...first.matchAll(/^#! (env|set) (.*)\n/gm)];
  const values = (kind: string): string[] =>
    directives
      .filter((match) => match[1] === kind)
      .map((match) => (match[2] ?? '').replaceAll('\\n', '\n'));
  const files = others.map((file): ConfigSource => {
    const lineEnd = file.indexOf('\n');
    return { kind: 'text', name: file.slice(0, lineEnd), text: file.slice(lineEnd + 1) };
  });
  const yaml = first.replace(/^#! .*\n/gm, '');
  return {
    head,
    sources: [{ kind: 'text', name: 'config.yaml', text: yaml }, ...files],
    env: Object.fromEntries(
      values('env').map((pair) => [
        pair.slice(0, pair.indexOf('=')),
        pair.slice(pair.indexOf('=') + 1),
      ]),
    ),
    sets: values('set'),
    expected: text.slice(end),
  };
}

async function run(golden: Case): Promise<string> {
  const result = await loadConfig({
    sources: golden.sources,
    sets: golden.sets,
    env: golden.env,
    registry,
    cwd: join(folder, 'files'),
  });
  return formatDiagnostics(result.ok ? result.warnings : result.diagnostics);
}

describe('a configuration with a mistake', () => {
  const names = readdirSync(folder).filter((name) => name.endsWith('.golden'));

  for (const name of names) {
    it(`is explained as written down in ${name}`, async () => {
      const path = join(folder, name);
      const golden = parseCase(readFileSync(path, 'utf8'));
      const output = await run(golden);
      if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(path, golden.head + output);
      else assert.equal(output, golden.expected);
    });
  }

  it('is never shown with a secret', () => {
    for (const name of names) {
      const { expected } = parseCase(readFileSync(join(folder, name), 'utf8'));
      assert.doesNotMatch(expected, /hunter2|s3cr3t/, name);
    }
  });

  it('is covered in at least forty kinds', () => {
    assert.ok(names.length >= 40);
  });
});
