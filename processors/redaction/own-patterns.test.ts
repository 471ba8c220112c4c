import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { parse } from 'yaml';
import { attribute, firstSpan, spanRequest } from '../../test/support/redacted-span.ts';
import type { RedactionRun } from './run-redaction.ts';
import { createRedactionRun } from './run-redaction.ts';

function createRun(yaml: string): RedactionRun & { readonly redact: (text: string) => string } {
  const made = createRedactionRun('traces', parse(yaml));
  return {
    ...made,
    redact: (text) => {
      const span = firstSpan(made.run(spanRequest({ attributes: [attribute('t', text)] })));
      return String(span.attributes.get('t'));
    },
  };
}

describe('the user’s patterns', () => {
  it('are found behind their literals, behind keywords, and where they have neither', () => {
    const { redact } = createRun(`
      preset: none
      custom:
        - { name: badge, pattern: '\\bEMP-\\d{3,5}\\b' }
        - { name: locker, pattern: '\\b[A-Z]\\d{2}\\b', keywords: [locker, 柜] }
        - { name: pin, pattern: '\\b\\d{4}\\b' }`);
    assert.equal(redact('EMP-123 and EMP-1 and 1234'), '[BADGE] and EMP-1 and [PIN]');
    assert.equal(
      redact('Locker A12, EMP-777'),
      '[LOCKER] A12, [BADGE]'.replace('[LOCKER] A12', 'Locker [LOCKER]'),
    );
    assert.equal(redact('柜 A12'), '柜 [LOCKER]');
    assert.equal(redact('form A12'), 'form A12');
  });

  it('see what a text means, however it is escaped', () => {
    const { redact } = createRun(`
      preset: none
      custom:
        - { name: badge, pattern: '\\bEMP-\\d{3,5}\\b' }
        - { name: pin, pattern: '\\b\\d{4}\\b' }`);
    for (const [text, expected] of [
      ['{"a":"line\\nEMP-123\\n"}', '{"a":"line\\n[BADGE]\\n"}'],
      ['{"a":"{\\"b\\":\\"x\\\\nEMP-123\\"}"}', '{"a":"{\\"b\\":\\"x\\\\n[BADGE]\\"}"}'],
      ['\\u0045MP-123', '[BADGE]'],
      ['?id=%45MP%2D123&x', '?id=[BADGE]&x'],
      ['ＥＭＰ－１２３', '[BADGE]'],
      ['{"a":"x\\n1234\\n"}', '{"a":"x\\n[PIN]\\n"}'],
      ['%31%32%33%34', '[PIN]'],
    ] as const) {
      assert.equal(redact(text), expected);
    }
  });

  it('leave JSON valid, whatever they run over', () => {
    const { redact } = createRun(`
      preset: none
      blocked_values: ['.+@mycompany\\.com', '"pin":\\s*-?[\\d.]+', 'n?EMP-\\d+', '"note":"[^"]*"']`);
    for (const [text, expected] of [
      [
        '[{"role":"user","content":"ask bob@mycompany.com now"}]',
        '[{"****":"****","****":"**** now"}]',
      ],
      ['{"pin": 1234, "ok":true}', '{"****": "****", "ok":true}'],
      ['{"pin":-12.5}', '{"****":"****"}'],
      ['{"a":"x\\nEMP-12"}', '{"a":"x****"}'],
      ['{"a":"{\\"pin\\":1234}"}', '{"a":"{\\"****\\":\\"****\\"}"}'],
      ['{"note":"to \\"her\\" only"}', '{"****":"****\\"her\\" only"}'],
      ['[INFO] "pin": 1234', '[INFO] "****": "****"'],
    ] as const) {
      const clean = redact(text);
      assert.equal(clean, expected);
      if (!text.startsWith('[INFO')) assert.doesNotThrow(() => JSON.parse(clean) as unknown, clean);
    }
  });

  it('keep any JSON valid, and those that look at nothing but the value change nothing the second time', () => {
    const quoting = createRun(`
      preset: none
      custom: [{ name: quoted, pattern: '"[^"]*"\\s*:\\s*\\S' }, { name: brace, pattern: '[}\\]],?.' }]`);
    const { redact } = createRun(`
      preset: none
      custom:
        - { name: all, pattern: '.+x' }
        - { name: word, pattern: '\\w+-\\d+' }
        - { name: letters, pattern: '[A-Z]{2,}' }`);
    const value = fc.letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom(
          'a-1',
          'x',
          'say "x"',
          'back\\slash x',
          'é\nx',
          'AB',
          -1.5e9,
          12,
          true,
          null,
        ),
        fc.string(),
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(fc.string({ maxLength: 4 }), tie('value'), { maxKeys: 3 }),
        tie('value').map((inner) => JSON.stringify(inner)),
        // What looks like an escape once its own backslash is escaped.
        fc.stringMatching(/^[\\u0"]{1,6}$/),
      ),
    })).value;
    fc.assert(
      fc.property(value, (inner) => {
        const text = JSON.stringify([inner]);
        const once = redact(text);
        assert.doesNotThrow(() => JSON.parse(once) as unknown, `${text} became ${once}`);
        assert.equal(redact(once), once);
        const quoted = quoting.redact(text);
        assert.doesNotThrow(() => JSON.parse(quoted) as unknown, `${text} became ${quoted}`);
      }),
      { numRuns: 1500 },
    );
  });

  it('do not take what was written in place of a value', () => {
    const { redact } = createRun(`
      custom: [{ name: shout, pattern: '\\[?[A-Z]{3,}\\]?' }, { name: rest, pattern: 'to .+' }]`);
    const once = redact('SEE mail to jane@example.org now');
    assert.equal(once, '[SHOUT] mail [REST]');
    assert.equal(redact(once), once);
    assert.equal(redact('[TODO] see [EMAIL]'), '[SHOUT] see [EMAIL]');
    assert.equal(redact('to [EMAIL] and on'), '[REST][EMAIL][REST]');
  });

  it('cannot keep a worker busy: a text on which they take too long is replaced as a whole', () => {
    const { run, counts } = createRun(`
      preset: none
      blocked_values: ['a(?:.*z)?', 'B-\\d+']`);
    const attributes = [attribute('t', 'a'.repeat(60_000)), attribute('u', 'a and B-12')];
    const span = firstSpan(run(spanRequest({ attributes })));
    assert.equal(span.attributes.get('t'), '[REDACTION_FAILED]');
    assert.equal(counts.get('weir_redaction_failed_texts_total budget'), 1);
    assert.equal(span.attributes.get('u'), '**** ****nd ****');
  });

  it('take linear time on what makes other engines hang', () => {
    const { redact } = createRun(`
      preset: none
      blocked_values: ['(a+)+$', '([a-z]+)*\\d', '(.*)*x=', '^(\\w+\\s)+$']`);
    const text = `${'a'.repeat(100_000)}!`;
    assert.ok(redact(text) === text);
  });

  it('let values be that match as a whole or in part what is allowed, of any length', () => {
    const { redact } = createRun(`
      allowed_values: ['@mycompany\\.com$', '^(a+)+@']`);
    const long = `${'b'.repeat(60)}@mycompany.com`;
    assert.equal(redact(`${long}, jane@example.org, aaa@x.org`), `${long}, [EMAIL], aaa@x.org`);
  });
});
