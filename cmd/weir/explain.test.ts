import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { FinishedRun } from '../../test/support/child-of-test.ts';
import { makeCommandFolder } from '../../test/support/run-weir.ts';
import { exitCodes } from './exit-code.ts';

const { weir, write } = makeCommandFolder();

function explain(...args: readonly string[]): Promise<FinishedRun> {
  return weir(['explain', ...args]);
}

const request = {
  resourceSpans: [
    {
      scopeSpans: [
        {
          spans: [
            {
              traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
              spanId: '00f067aa0ba902b7',
              name: 'chat jane@example.org',
              attributes: [{ key: 'q', value: { stringValue: 'card 4111 1111 1111 1111' } }],
            },
          ],
        },
      ],
    },
  ],
};

describe('weir explain', () => {
  it('tells what would be found in a request, and never the values', async () => {
    const file = write('traces.json', JSON.stringify(request));
    const { code, stdout, stderr } = await explain(file, '--json');
    assert.equal(code, exitCodes.ok, stderr);
    assert.deepEqual(
      (JSON.parse(stdout) as Record<string, unknown>[]).map(
        ({ place, key, entity, action, offset, length }) => [
          place,
          key,
          entity,
          action,
          offset,
          length,
        ],
      ),
      [
        ['name', '', 'email', 'redact', 5, 16],
        ['attribute', 'q', 'card', 'redact', 5, 19],
      ],
    );
    assert.match(stderr, /^$/);
    assert.doesNotMatch(stdout, /jane|4111/);
  });

  it('tells of attributes that would be removed and of texts that could not be scanned', async () => {
    const file = write('traces.json', JSON.stringify(request));
    const config = write(
      'strict.yaml',
      `receivers: { otlp: { protocols: { grpc: } } }
processors: { redaction: { allowed_keys: [other], max_text_size: 10 } }
exporters: { debug: }
service: { pipelines: { traces: { receivers: [otlp], processors: [redaction], exporters: [debug] } } }`,
    );
    const { code, stdout } = await explain(file, '-c', config);
    assert.equal(code, exitCodes.ok);
    assert.match(stdout, /0 +0 +attribute q +removed_key +drop +0 +0\n/);
    assert.match(stdout, /0 +0 +name +redaction_failed +redact +0 +21\n/);
    assert.doesNotMatch(stdout, /jane|4111|email/);
  });

  it('takes any text line by line, and the policy from a configuration', async () => {
    const file = write('chat.txt', 'hello\nwrite to jane@example.org\n');
    const config = write(
      'config.yaml',
      `receivers: { otlp: { protocols: { grpc: } } }
processors: { redaction: { entities: { email: mask } } }
exporters: { debug: }
service: { pipelines: { logs: { receivers: [otlp], processors: [redaction], exporters: [debug] } } }`,
    );
    const { code, stdout, stderr } = await explain(file, '-c', config);
    assert.equal(code, exitCodes.ok, stderr);
    assert.match(stdout, /^request {2}item {2}place {2}entity {2}action {2}offset {2}length\n/);
    assert.match(stdout, /0 +1 +body +email +mask +9 +16/);
    assert.match(stderr, /1 value would be found/);
    assert.doesNotMatch(stdout, /jane/);
  });

  it('says who could not read what', async () => {
    const absent = await explain('nothing.json');
    assert.equal(absent.code, exitCodes.failed);
    assert.match(absent.stderr, /^weir explain: cannot read nothing\.json: no such file\n/);
    const unnamed = await explain(write('a.txt', 'a'), '--processor', 'redaction/eu');
    assert.equal(unnamed.code, exitCodes.usage);
    assert.match(
      unnamed.stderr,
      /^weir explain: the configuration has no redaction processor redaction\/eu/,
    );
  });
});
