import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse, stringify } from 'yaml';
import { registry } from '../../cmd/weir/components.ts';
import { componentKinds } from '../../pipeline/config/foreign-components.ts';
import type { ComponentKind } from '../../pipeline/config/foreign-components.ts';
import { loadConfig } from '../../pipeline/config/load.ts';
import { projectRoot } from '../support/project-root.ts';

/** A block of YAML in a page, which may leave out what does not belong to its point. */
interface Example {
  readonly name: string;
  readonly yaml: string;
}

type Components = Record<string, unknown>;
type Pipeline = Partial<Record<'receivers' | 'processors' | 'exporters', string[]>>;
type Config = Partial<Record<ComponentKind, Components | null>> & {
  service?: { extensions?: string[]; pipelines?: Record<string, Pipeline> };
};

function examplesOf(path: string): Example[] {
  const blocks = readFileSync(join(projectRoot, path), 'utf8').matchAll(/```yaml\n([^]*?)```/g);
  return [...blocks].map(([, yaml = ''], index) => ({ name: `${path}, block ${index + 1}`, yaml }));
}

const pages = [
  'README.md',
  ...readdirSync(join(projectRoot, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
  ...componentKinds.flatMap((kind) =>
    readdirSync(join(projectRoot, kind)).map((type) => `${kind}/${type}/README.md`),
  ),
];

/** Components that pipelines of examples name and leave to other pages, as these have them. */
const elsewhere: Readonly<Record<string, unknown>> = {
  otlp: { protocols: { grpc: null } },
  file: { path: 'traces.jsonl' },
};

function namedIn(pipeline: Pipeline): [keyof Pipeline, string][] {
  const kinds = ['receivers', 'processors', 'exporters'] as const;
  return kinds.flatMap((kind) =>
    (pipeline[kind] ?? []).map((id): [keyof Pipeline, string] => [kind, id]),
  );
}

/** Adds what an example leaves out: pipelines, components of other pages, the extensions that it needs. */
function complete(example: Config): Config {
  const part = (kind: ComponentKind): Components => ({ ...example[kind] });
  const whole = {
    receivers: part('receivers'),
    processors: part('processors'),
    exporters: part('exporters'),
    connectors: part('connectors'),
    extensions: part('extensions'),
  };
  const pipelines = example.service?.pipelines ?? defaultPipelines(whole);
  for (const [kind, id] of Object.values(pipelines).flatMap(namedIn)) {
    if (!(id in whole.connectors)) whole[kind][id] ??= elsewhere[id] ?? null;
  }
  for (const id of ['file_storage', 'chdb']) whole.extensions[id] ??= null;
  return { ...whole, service: { extensions: Object.keys(whole.extensions), pipelines } };
}

function defaultPipelines({ receivers, processors, exporters }: Record<string, Components>) {
  const ids = (components: Components = {}, fallback = 'nop'): string[] =>
    Object.keys(components).length === 0 ? [fallback] : Object.keys(components);
  const to = ids(exporters);
  const signal = to.some((id) => id.startsWith('prometheus')) ? 'metrics' : 'traces';
  const from = ids(receivers, 'otlp');
  return {
    [signal]: { receivers: from, processors: Object.keys(processors ?? {}), exporters: to },
  };
}

for (const { name, yaml } of pages.flatMap(examplesOf)) {
  test(`an example that is documented loads: ${name}`, async () => {
    const variables = [...yaml.matchAll(/\$\{env:(\w+)\}/g)].map(([, variable = '']) => variable);
    const loaded = await loadConfig({
      // The form of a configuration; what is wrong in it beyond that, the loader says.
      sources: [{ kind: 'text', name, text: stringify(complete(parse(yaml) as Config)) }],
      sets: [],
      env: Object.fromEntries(variables.map((variable) => [variable, 'k'.repeat(64)])),
      registry,
      cwd: projectRoot,
    });
    assert.deepEqual(loaded.ok ? [] : loaded.diagnostics.map(({ message }) => message), []);
  });
}
