import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { projectRoot } from '../../test/support/project-root.ts';
import { detectorsOf } from './detectors/table.ts';
import { presets } from './presets.ts';
import { createScanner, toScannable } from './scanner.ts';

/** What real SDKs sent, as OTLP/JSON; the conversations hold nobody's data, save in one. */
const folder = join(projectRoot, 'cmd/weir/demo/captures');
const planted = 'planted-personal-data.json';
const captures = readdirSync(folder).filter((name) => name.endsWith('.json') && name !== planted);
const scan = createScanner(detectorsOf(presets.default));

/** What is found in the value of an attribute, as the processor scans it: behind its key, with a NUL between. */
function foundIn(key: string, value: string): string[] {
  const text = `${key}\0${value}`;
  const valueAt = Buffer.byteLength(key) + 1;
  const { hits } = scan({ ...toScannable(text), keyAt: (at) => (at < valueAt ? '' : key) });
  const bytes = Buffer.from(text);
  return hits.map(
    ({ entity, start, end }) => `${key}: ${entity} ${bytes.toString('utf8', start, end)}`,
  );
}

/** All strings and numbers of an OTLP/JSON document with the key of their attribute, or of their field. */
function* valuesOf(node: unknown, key = ''): Generator<readonly [key: string, value: string]> {
  if (typeof node === 'string' || typeof node === 'number') yield [key, String(node)];
  if (typeof node !== 'object' || node === null) return;
  if (Array.isArray(node)) {
    for (const item of node) yield* valuesOf(item, key);
    return;
  }
  const { key: name, value } = node as { readonly key?: unknown; readonly value?: unknown };
  if (typeof name === 'string') yield* valuesOf(value, name);
  else {
    for (const [field, inner] of Object.entries(node)) {
      yield* valuesOf(inner, /Value$|^values$/.test(field) ? key : field);
    }
  }
}

function hitsIn(name: string): string[] {
  const document: unknown = JSON.parse(readFileSync(join(folder, name), 'utf8'));
  return [...valuesOf(document)].flatMap(([key, value]) => foundIn(key, value));
}

describe('captures of instrumented applications', () => {
  for (const name of captures) {
    it(`hold nothing that is taken for personal data: ${name}`, () => {
      assert.deepEqual(hitsIn(name), []);
    });
  }

  it('give away what was planted in one of them', () => {
    assert.notDeepEqual(hitsIn(planted), []);
  });

  const values: readonly (readonly [key: string, value: string])[] = [
    ['gen_ai.request.model', 'claude-3-5-sonnet-20241022'],
    ['gen_ai.request.model', 'us.anthropic.claude-3-haiku-20240307-v1:0'],
    ['gen_ai.response.model', 'gpt-4o-2024-08-06'],
    ['gen_ai.request.model', 'ft:gpt-4o-mini-2024-07-18:acme::9abCdEf1'],
    ['gen_ai.request.model', 'accounts/fireworks/models/llama-v3p1-405b-instruct'],
    ['gen_ai.response.id', 'chatcmpl-9nX4mD2kqQ8sT1vXw3RbN7cYd0HgJ'],
    ['gen_ai.response.id', 'msg_01XFDUDYJgAACzvnptvVoYEL'],
    ['gen_ai.response.id', 'resp_68af4030592c8190b3b5a0b1c2d3e4f5061728394a5b6c7d'],
    ['gen_ai.tool.call.id', 'call_VBXgO2mQ8sT1vXw3RbN7cYd0'],
    ['gen_ai.tool.call.id', 'toolu_01A09q90qw90lq917835lq9'],
    ['gen_ai.conversation.id', '550e8400-e29b-41d4-a716-446655440000'],
    ['openai.system_fingerprint', 'fp_44709d6fcb'],
    ['trace_id', '4bf92f3577b34da6a3ce929d0e0e4736'],
    ['span_id', '00f067aa0ba902b7'],
    ['gen_ai.usage.input_tokens', '1763700011'],
    [
      'gen_ai.output.messages',
      '{"tool_calls":[{"id":"call_1"}],"created":1763700011,"token_count":123456789}',
    ],
    ['start_time', '1763700011123456789'],
    ['crew_agents', '[{"key":"322fc2d30c5472d23bad753f8a5f5e1d","role":"Writer"}]'],
    ['git.commit', '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b'],
    ['service.instance.id', '0190fa3e-7a1c-7b3d-8e9f-0123456789ab'],
    ['k8s.pod.name', 'api-7d9c5b6f8-x2x9z'],
    ['telemetry.sdk.version', '2.12.0'],
    ['user_agent.original', 'Mozilla/5.0 (X11; Linux x86_64) Chrome/120.0.6099.109 Safari/537.36'],
    [
      'container.image.name',
      'registry.example/app@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
    ],
  ];

  it('leave names of models, ids, times, hashes and counts alone', () => {
    assert.deepEqual(
      values.flatMap(([key, value]) => foundIn(key, value)),
      [],
    );
  });
});
