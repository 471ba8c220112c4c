import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parse } from 'yaml';
import { encodeJson } from '../../pipeline/otlp/encode-json.ts';
import { attribute, firstSpan, spanRequest, toRequest } from '../../test/support/redacted-span.ts';
import { createRedactionRun } from './run-redaction.ts';

const denyTerms = ['smith', 'Project Kestrel'];

/** The attribute `t` after redaction, with the summary's fates of it. */
function redact(yaml: string, text: string): { text: unknown; isNamedAllowed: boolean } {
  const { run } = createRedactionRun('traces', parse(yaml), { denyTerms });
  const once = run(spanRequest({ attributes: [attribute('t', text)] }));
  assert.deepEqual(Buffer.from(run(once)), Buffer.from(once), 'redacting twice changes nothing');
  const { attributes } = firstSpan(once);
  return { text: attributes.get('t'), isNamedAllowed: attributes.has('redaction.allowed.keys') };
}

const acme = `allowed_values: ['@acme\\.com$']`;

describe('a value that the user allows', () => {
  it('stays, and says so', () => {
    assert.deepEqual(redact(acme, 'to joe@acme.com'), {
      text: 'to joe@acme.com',
      isNamedAllowed: true,
    });
  });

  it('does not let a term of the deny list in it stay', () => {
    assert.deepEqual(redact(acme, 'to smith@acme.com, jane.smith@acme.com'), {
      text: 'to [DENY_LIST]@acme.com, jane.[DENY_LIST]@acme.com',
      isNamedAllowed: true,
    });
  });

  it('does not let what patterns of the user find in it stay', () => {
    const yaml = `
      ${acme}
      blocked_values: ['hunter\\d']
      custom: [{ name: project, pattern: 'kestrel-\\d+' }]`;
    assert.equal(
      redact(yaml, 'to hunter2@acme.com, kestrel-77@acme.com').text,
      'to ****@acme.com, [PROJECT]@acme.com',
    );
  });

  it('does not let credentials in front of it stay', () => {
    assert.equal(
      redact(acme, 'smtp://joe:hunter22@acme.com').text,
      'smtp://[URL_CREDENTIALS]@acme.com',
    );
  });

  it('is no password that reads like it', () => {
    assert.deepEqual(redact(acme, 'password=hunter22@acme.com'), {
      text: 'password=[CREDENTIAL]',
      isNamedAllowed: false,
    });
    const password = `allowed_values: ['^hunter22$']`;
    assert.equal(redact(password, 'password=hunter22').text, 'password=hunter22');
  });

  it('may come to light beside a replacement, where a keyword of the user hides no other', () => {
    const yaml = `
      allowed_values: ['^\\+1 415']
      custom: [{ name: never, pattern: 'never', keywords: ['+1 '] }]`;
    assert.equal(
      redact(yaml, 'jane@example.org+1 415 555 0123 jane@example.org+1 650 555 0123').text,
      '[EMAIL]+1 415 555 0123 [EMAIL][PHONE]',
    );
  });

  const blocked = `
    blocked_key_patterns: [token]
    allowed_values: ['^\\d{1,9}$', '@acme\\.com$']`;

  it('stays below a blocked key where a pattern matches all of it', () => {
    const { run } = createRedactionRun('traces', parse(blocked));
    const { attributes } = firstSpan(
      run(
        spanRequest({
          attributes: [
            attribute('max_tokens', '4096'),
            { key: 'token_count', value: { intValue: '1042' } },
            attribute('token', 'Zx81 to joe@acme.com'),
            attribute('token.value', 'tulip 4096'),
          ],
        }),
      ),
    );
    assert.equal(attributes.get('max_tokens'), '4096');
    assert.equal(attributes.get('token_count'), '1042');
    assert.equal(attributes.get('token'), '****');
    assert.equal(attributes.get('token.value'), '****');
    assert.equal(attributes.get('redaction.allowed.keys'), 'max_tokens,token_count');
  });

  it('stays below a blocked key where the allow list has it', () => {
    const { run } = createRedactionRun(
      'traces',
      { blocked_key_patterns: ['token'] },
      { allowTerms: ['none'] },
    );
    const attributes = [attribute('token', 'None'), attribute('token.b', 'none of them')];
    const span = firstSpan(run(spanRequest({ attributes })));
    assert.equal(span.attributes.get('token'), 'None');
    assert.equal(span.attributes.get('token.b'), '****');
  });

  it('goes with the content that is dropped', () => {
    const config = { content: 'drop', allowed_values: ['.*'] };
    const request = toRequest('logs', {
      resourceLogs: [
        {
          scopeLogs: [
            { logRecords: [{ eventName: 'gen_ai.user.message', body: { stringValue: 'hush' } }] },
          ],
        },
      ],
    });
    const json = encodeJson('logs', createRedactionRun('logs', config).run(request));
    assert.match(json, /\[CONTENT\]/);
    assert.doesNotMatch(json, /hush/);
  });
});
