import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { excerptOf } from './excerpt.ts';
import { formatDiagnostics } from './format-diagnostics.ts';
import { printConfig } from './print-config.ts';
import { loadYaml, yamlWithSink } from './registry-under-test.ts';

/** Random enough not to occur by chance; YAML reads them as text. */
const secretText = fc.stringMatching(/^zq[a-zA-Z0-9]{10,20}$/);

const places = fc.constantFrom<(secret: string) => string>(
  (s) => `endpoint: x\npassword: ${s}`,
  (s) => `endpoint: x\npassword: [${s}]`,
  (s) => `endpoint: x\npasswrd: ${s}`,
  (s) => `endpoint: x\nsalt_of_the_earth: ${s}`,
  (s) => `endpoint: x\nsalt_of_the_earth: { ${s}: 1 }`,
  (s) => `endpoint: x\napi_key: "${s}"`,
  (s) => `endpoint: x\nheaders: { authorization: Bearer ${s} }`,
  (s) => `endpoint: x\nheaders:\n  x-any:\n    - ${s}`,
  (s) => `endpoint: x\nheaders:\n  x-any: "${s}`,
  (s) => `endpoint: x\npassword: |\n  ${s}\n ${s}`,
  (s) => `endpoint: x\npassword:${s}`,
  (s) => `endpoint: [http://me:${s}@host]`,
  (s) => `endpoint: http://me:${s}@host/?password=${s}`,
  (s) => `password: ${s}\npassword: ${s}`,
);

const mistakes = fc.constantFrom(
  '',
  '\nretries: many',
  '\nunknown: 1',
  '\n bad: indent',
  '\n\tx: 1',
);

describe('a secret', () => {
  it('is in no diagnostic and in no printed configuration', async () => {
    await fc.assert(
      fc.asyncProperty(secretText, places, mistakes, async (secret, place, mistake) => {
        const result = await loadYaml(yamlWithSink(place(secret) + mistake));
        const shown = result.ok
          ? printConfig(result.config) + formatDiagnostics(result.warnings)
          : formatDiagnostics(result.diagnostics);
        assert.ok(!shown.includes(secret), shown);
      }),
      { numRuns: 500 },
    );
  });

  it('from a variable is in no diagnostic, wherever it ends up', async () => {
    const keys = fc.constantFrom(
      ...['endpoint', 'timeout', 'retries', 'database', 'sending_queue', 'headers', 'unknown'],
    );
    await fc.assert(
      fc.asyncProperty(secretText, keys, fc.boolean(), async (secret, key, inline) => {
        const value = inline ? 'a${env:TOKEN}b' : '${env:TOKEN}';
        const yaml = yamlWithSink(`${key}: ${value}\nnope: 1`);
        const result = await loadYaml(yaml, { env: { TOKEN: secret } });
        assert.ok(!result.ok);
        const shown = JSON.stringify(result.diagnostics);
        assert.ok(!shown.includes(secret), shown);
      }),
    );
  });

  it('given by --set is not shown', async () => {
    const set = 'exporters.sink.headers.authorization=[hunter2]';
    const result = await loadYaml(yamlWithSink('endpoint: x'), { sets: [set] });
    const shown = result.ok ? '' : formatDiagnostics(result.diagnostics);
    assert.match(shown, /expected text, found a list/);
    assert.doesNotMatch(shown, /hunter2/);
  });

  it('is printed as [REDACTED], and the rest as it is', async () => {
    const result = await loadYaml(
      yamlWithSink(
        'endpoint: http://me:pw@h/\ndatabase: db\npassword: a\nheaders: { a: b }\nretries: 5',
      ),
    );
    assert.ok(result.ok);
    const printed = printConfig(result.config);
    assert.match(printed, /endpoint: http:\/\/\[REDACTED\]@h\//);
    assert.match(printed, /password: "\[REDACTED\]"/);
    assert.match(printed, /a: "\[REDACTED\]"/);
    assert.match(printed, /database: db/);
    assert.match(printed, /retries: 5/);
  });
});

describe('an excerpt', () => {
  const excerpt = (text: string, line: number, column = 1): string | undefined =>
    excerptOf({ name: 'f', text }, line, column)?.line;

  it('shows lines of ordinary keys, also those that sound like secrets', () => {
    for (const line of ['max_tokens: 5', 'key_file: a.pem', 'host: x', 'keys: [a]']) {
      assert.equal(excerpt(line, 1), line);
    }
  });

  it('masks all that stands below a secret key', () => {
    const text = 'tls:\n  key_pem: |\n    MIIE\n    abcd\n  min_version: "1.2"\n';
    assert.equal(excerpt(text, 4), '    [REDACTED]');
    assert.equal(excerpt(text, 5), '  min_version: "1.2"');
  });

  it('keeps the caret within what is shown', () => {
    const shown = excerptOf({ name: 'f', text: 'password: abcdefgh' }, 1, 15);
    assert.deepEqual(shown, { line: 'password: [REDACTED]', column: 11 });
  });
});
