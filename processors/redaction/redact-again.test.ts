import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { actionKeys } from '../../test/support/action-keys.ts';
import { plantedValues } from '../../test/support/planted-values.ts';
import { attribute, firstSpan, spanRequest } from '../../test/support/redacted-span.ts';
import { actions, replacementOf } from './actions.ts';
import { allDetectors } from './detectors/table.ts';
import { createRedactString } from './redact-string.ts';
import { createRedactionRun } from './run-redaction.ts';

const redact = createRedactString(allDetectors);

/** What can stand between two values, or at their edges. */
const glue = [
  ...[
    '',
    ' ',
    ',',
    '.',
    ':',
    ';',
    '-',
    '/',
    '_',
    '@',
    '|',
    '=',
    '+',
    '"',
    "'",
    '\n',
    '#',
    '[',
    ']',
  ],
  ...[
    '\\"',
    '\\n',
    '\\\\n',
    '%20',
    '%40',
    '&#64;',
    '\\u0020',
    '\u200b',
    '，',
    'é',
    '(',
    ')',
    '0',
    'x',
  ],
  ...['{', '}', ' and '],
];
/** What needs a word beside it, and what was redacted before. */
const weak = [
  ...['078051120', '1.2.3.4', '03/04/1985', '9876543210', 'X1234567', '4111', 'ssn', 'phone '],
  ...['[EMAIL]', '[US_SSN]', '[PASSPORT] ', '[CARD#k1:abcdefghijklmnopabcd]', '****', 'password='],
];

const value = (text: unknown): unknown =>
  firstSpan(
    createRedactionRun('traces').run(spanRequest({ attributes: [attribute('t', String(text))] })),
  ).attributes.get('t');

describe('redacting again', () => {
  it('changes nothing, however values are glued together and whatever the action', () => {
    const part = fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom(...plantedValues) },
      { weight: 2, arbitrary: fc.constantFrom(...weak) },
      { weight: 5, arbitrary: fc.constantFrom(...glue) },
      { weight: 1, arbitrary: fc.string({ maxLength: 6 }) },
    );
    for (const action of actions) {
      const apply = createRedactString(allDetectors, (finding, found) =>
        replacementOf({ finding, value: found, action, traceId: 'ab' }, actionKeys),
      );
      fc.assert(
        fc.property(fc.array(part, { maxLength: 16 }), fc.nat({ max: 2 }), (parts, depth) => {
          let text = parts.join('');
          for (let level = 0; level < depth; level++) text = JSON.stringify([text]);
          const once = apply(text);
          assert.equal(apply(once), once, text);
        }),
        { numRuns: action === 'encrypt' ? 200 : 1000 },
      );
    }
  });

  it('finds what was hidden only by the value beside it, in spans too', () => {
    const glued = [
      ['jane@example.org+1 415 555 0123', '[EMAIL][PHONE]'],
      ['jane@example.org-123-45-6789', '[EMAIL]-[US_SSN]'],
      ['4111 1111 1111 1111.00:1b:44:11:3a:b7', '[CARD].[MAC]'],
      ['203.0.113.77/8.8.8.8/203.0.113.78', '[IP]/[IP]/[IP]'],
      [`${'far away '.repeat(300)}jane@example.org-123-45-6789`, undefined],
    ] as const;
    for (const [text, expected = text.replace(/jane.*/, '[EMAIL]-[US_SSN]')] of glued) {
      assert.equal(redact(text), expected);
      assert.equal(value(text), expected);
    }
  });

  it('takes no replacement for a word that says what stands beside it', () => {
    for (const text of [
      'a [US_SSN] and 078051120',
      '[PASSPORT] X1234567',
      '[DATE_OF_BIRTH], next visit 03/04/2024',
      '[PHONE#k1:abcdefghijklmnopabcd] 9876543210',
      'curl -u [CREDENTIAL#k1:abcdefghijklmnopabcd]',
    ]) {
      assert.equal(redact(text), text);
    }
    assert.equal(redact('ssn 078051120'), 'ssn [US_SSN]');
  });

  it('takes a value in brackets for no replacement, whatever stands behind it', () => {
    const { run } = createRedactionRun('traces', {}, { denyTerms: ['anna'] });
    for (const [text, expected] of [
      ['[AKIAQ3EGUSU5KXRFNB2M#x', '[[API_KEY]#x'],
      ['[AKIAQ3EGUSU5KXRFNB2M~k1:x]', '[[API_KEY]~k1:x]'],
      ['by [ANNA#1]', 'by [[DENY_LIST]#1]'],
    ] as const) {
      const span = firstSpan(run(spanRequest({ attributes: [attribute('t', text)] })));
      assert.equal(span.attributes.get('t'), expected);
    }
  });

  it('names values in keys and counts them in the summary, like those found at once', () => {
    const { run, counts } = createRedactionRun('traces');
    const name = 'jane@example.org-123-45-6789';
    const span = firstSpan(run(spanRequest({ attributes: [attribute(name, name)] })));
    assert.equal(span.attributes.get('[EMAIL]-[US_SSN]'), '[EMAIL]-[US_SSN]');
    assert.equal(span.attributes.get('redaction.masked.keys'), '[EMAIL]-[US_SSN]');
    assert.equal(span.attributes.get('redaction.us_ssn.count'), '2');
    assert.equal(counts.get('weir_redaction_values_total us_ssn redact'), 2);
  });

  it('leaves what an override or the user lets be', () => {
    const config = { entities: { us_ssn: 'off' }, allowed_values: ['^\\+1 415'] };
    const { run } = createRedactionRun('traces', config);
    const text = 'jane@example.org-123-45-6789 jane@example.org+1 415 555 0123';
    const span = firstSpan(run(spanRequest({ attributes: [attribute('t', text)] })));
    assert.equal(span.attributes.get('t'), '[EMAIL]-123-45-6789 [EMAIL]+1 415 555 0123');
  });

  it('gives a text up in which ever more comes to light', () => {
    const { run, counts } = createRedactionRun('traces');
    const chain = Array.from({ length: 40 }, (_, index) => `+1 415 555 01${index + 10}`).join('');
    const once = run(spanRequest({ attributes: [attribute('t', chain), attribute('u', 'fine')] }));
    assert.equal(firstSpan(once).attributes.get('t'), '[REDACTION_FAILED]');
    assert.equal(firstSpan(once).attributes.get('u'), 'fine');
    assert.equal(counts.get('weir_redaction_failed_texts_total budget'), 1);
    assert.deepEqual(Buffer.from(run(once)), Buffer.from(once));
  });
});
