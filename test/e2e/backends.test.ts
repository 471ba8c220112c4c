import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { registry } from '../../cmd/weir/components.ts';
import type { ExporterFactory } from '../../pipeline/component/exporter.ts';
import type { ComponentSpec } from '../../pipeline/config/config.ts';
import { formatDiagnostics } from '../../pipeline/config/format-diagnostics.ts';
import { loadConfig } from '../../pipeline/config/load.ts';
import { factoryOf } from '../../pipeline/graph/plan.ts';
import { createRecordingContext } from '../support/component-context.ts';
import { projectRoot } from '../support/project-root.ts';
import { tracesRequest } from '../support/encode-slice.ts';
import { listen } from '../support/listen.ts';

/** A section of docs/backends.md: what to write, and what is sent then. */
interface Backend {
  readonly title: string;
  readonly yaml: string;
  readonly request: string;
}

const text = readFileSync(join(projectRoot, 'docs/backends.md'), 'utf8');

const backends: readonly Backend[] = text
  .split(/^## /m)
  .slice(1)
  .map((section) => ({
    title: section.slice(0, section.indexOf('\n')),
    yaml: /```yaml\n([^`]*)```/.exec(section)?.[1] ?? '',
    request: /```http\n([^`]*)```/.exec(section)?.[1] ?? '',
  }));

/** Every variable that a snippet reads, with a value that shows where it went. */
const env = Object.fromEntries(
  [...text.matchAll(/\$\{env:(\w+)\}/g)].map(([, name = '']) => [name, `the-${name}`]),
);

function expand(template: string): string {
  return template.replace(/\$\{env:(\w+)\}/g, (_, name: string) => env[name] ?? '');
}

async function loadExporter(
  yaml: string,
): Promise<{ readonly spec: ComponentSpec; readonly factory: ExporterFactory }> {
  const id = /^ {2}(\S+):$/m.exec(yaml)?.[1] ?? '';
  const source = `receivers: { otlp: { protocols: { http: {} } } }
${yaml}
service: { pipelines: { traces: { receivers: [otlp], exporters: ['${id}'] } } }`;
  const result = await loadConfig({
    sources: [{ kind: 'text', name: 'backend.yaml', text: source }],
    sets: [],
    env,
    registry,
    cwd: projectRoot,
  });
  assert.ok(result.ok, result.ok ? '' : formatDiagnostics(result.diagnostics));
  const spec = result.config.exporters.get(id);
  assert.ok(spec);
  return { spec, factory: factoryOf(result.config.factories.exporters, spec) };
}

/** What an exporter sends, with the origin of its endpoint replaced by a server here. */
async function recordRequest(
  yaml: string,
): Promise<{ line: string; headers: IncomingHttpHeaders }> {
  const server = createServer((_request, response) => response.end());
  const port = await listen(server);
  try {
    const local = yaml.replace(/https?:\/\/[^/\n]+/, `http://127.0.0.1:${port}`);
    const { spec, factory } = await loadExporter(local);
    const exporter = factory.create(spec.raw, createRecordingContext(spec.type));
    await exporter.start?.();
    const seen = once(server, 'request');
    const payload = { body: tracesRequest([{}]), items: 1 };
    const { signal: abort } = new AbortController();
    const outcome = await exporter.send(payload, { id: '1', signal: 'traces', attempt: 1, abort });
    assert.equal(outcome.kind, 'delivered');
    await exporter.shutdown?.();
    const [{ method = '', url = '', headers }] = (await seen) as [
      { method?: string; url?: string; headers: IncomingHttpHeaders },
    ];
    return { line: `${method} ${url}`, headers };
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

describe('a backend of docs/backends.md', () => {
  it('is one of at least ten', () => {
    assert.ok(backends.length >= 10);
  });

  for (const { title, yaml, request } of backends) {
    it(`is reached as written: ${title}`, async () => {
      await loadExporter(yaml);
      const [line = '', ...headers] = expand(request).trim().split('\n');
      const sent = await recordRequest(yaml);
      assert.equal(sent.line, line);
      for (const header of headers) {
        const [name = '', value] = header.split(': ');
        if (name === 'host') assert.ok(yaml.includes(value ?? 'a host'));
        else assert.equal(sent.headers[name], value, name);
      }
    });
  }
});
