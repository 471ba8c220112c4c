import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { actionKeys } from '../../test/support/action-keys.ts';
import { actions, replacementOf } from './actions.ts';
import { allDetectors } from './detectors/table.ts';
import { createRedactString } from './redact-string.ts';

const detectors = allDetectors;
const redact = createRedactString(detectors);

describe('redacting a text', () => {
  it('reaches values however deep and escaped they stand', () => {
    const inner = JSON.stringify({ to: 'jane@example.org', note: 'x\njohn@example.org' });
    const middle = JSON.stringify({ arguments: inner, n: 1 });
    const outer = JSON.stringify([{ content: middle }]);
    const clean = redact(outer);
    assert.doesNotMatch(clean, /jane|john/);
    const [{ content }] = JSON.parse(clean) as [{ content: string }];
    const { arguments: args } = JSON.parse(content) as { arguments: string };
    assert.deepEqual(JSON.parse(args), { to: '[EMAIL]', note: 'x\n[EMAIL]' });
  });

  it('finds values behind escapes of every kind and leaves the rest as it was', () => {
    const cases = [
      ['{"a":"\\u00e9 jane\\u0040example.org!"}', '{"a":"\\u00e9 [EMAIL]!"}'],
      ['GET /u?e=jane%40example.org&x=%20', 'GET /u?e=[EMAIL]&x=%20'],
      ['<p>jane&#64;example.org</p>', '<p>[EMAIL]</p>'],
      ['卡 ４１１１１１１１１１１１１１１１。', '卡 [CARD]。'],
      ['4111\u200b1111\u200b1111\u200b1111 ok', '[CARD] ok'],
      ['\\u003cjane@example.org\\u003e', '\\u003c[EMAIL]\\u003e'],
      ['{"a":"x\\njane@example.org\\n"}', '{"a":"x\\n[EMAIL]\\n"}'],
    ] as const;
    for (const [text, expected] of cases) assert.equal(redact(text), expected);
  });

  it('puts quotes around bare JSON numbers, escaped as deep as they stand', () => {
    const card = 4111111111111111;
    assert.equal(redact(`{"n":${card},"m":1}`), '{"n":"[CARD]","m":1}');
    assert.equal(redact(`[-${card}]`), '["[CARD]"]');
    assert.equal(redact(`{"s":"{\\"n\\":${card}}"}`), '{"s":"{\\"n\\":\\"[CARD]\\"}"}');
    assert.equal(redact(`{"s":"cards: ${card}, more"}`), '{"s":"cards: [CARD], more"}');
    assert.equal(redact(`cards: ${card}, more`), 'cards: [CARD], more');
  });

  it('puts quotes around bare JSON numbers in event streams and in JSON among other text', () => {
    const card = 4111111111111111;
    const json = `{"card": ${card}, "all":[${card},1]}`;
    const clean = '{"card": "[CARD]", "all":["[CARD]",1]}';
    assert.equal(
      redact(`event: x\ndata: ${json}\n\ndata:[${card}]\ndata: ${card}\n`),
      `event: x\ndata: ${clean}\n\ndata:["[CARD]"]\ndata: [CARD]\n`,
    );
    assert.equal(redact(`He said "so: ${json}`), `He said "so: ${clean}`);
    assert.equal(redact(`reply {"n":-${card}}`), 'reply {"n":"[CARD]"}');
    const arrays = [
      ['got {"all":[1, "a", N, N]} ok', 'got {"all":[1, "a", "[CARD]", "[CARD]"]} ok'],
      ['got {"all":[[1,2],[N]]}', 'got {"all":[[1,2],["[CARD]"]]}'],
      ['```json\n[\n  N,\n  2\n]```', '```json\n[\n  "[CARD]",\n  2\n]```'],
      ['args": "{\\"all\\":[N]}"', 'args": "{\\"all\\":[\\"[CARD]\\"]}"'],
      ['args": "[N, 1]"', 'args": "[\\"[CARD]\\", 1]"'],
      ['got {"a":\n  [N]}', 'got {"a":\n  ["[CARD]"]}'],
      ['{"s":"see [N] and {\\"n\\":[N]}"}', '{"s":"see [[CARD]] and {\\"n\\":[\\"[CARD]\\"]}"}'],
      ['the "cards" are [N] or [x, N]', 'the "cards" are [[CARD]] or [x, [CARD]]'],
      [`x [${'N,'.repeat(99)}N]`, `x [${'"[CARD]",'.repeat(99)}"[CARD]"]`],
    ] as const;
    for (const [text, expected] of arrays) {
      assert.equal(redact(text.replaceAll('N', String(card))), expected);
    }
    const inner = JSON.stringify({ body: `data: {"card":${card}}\n\n` });
    const outer = JSON.parse(redact(JSON.stringify([inner, `see ${inner}`]))) as [string, string];
    for (const text of [outer[0], outer[1].slice(4)]) {
      assert.deepEqual(JSON.parse(text), { body: 'data: {"card":"[CARD]"}\n\n' });
    }
    assert.equal(redact(`"card": ${card}x 4111 1111 1111 1111`), `"card": ${card}x [CARD]`);
  });

  const planted = fc.constantFrom<string | number>(
    'jane@example.org',
    'call +1 415 555 0123',
    'x 4111 1111 1111 1111 y',
    4111111111111111,
    5500000000000004,
    'password=hunter22',
    'AKIAQYLPMN5HHHFPZAM2',
    '10.1.2.3',
    '4１11 1111 1111 1111',
  );
  const json = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      planted,
      fc.string({ unit: 'binary' }),
      fc.integer({ min: -999_999, max: 999_999 }),
      fc.boolean(),
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(fc.string({ maxLength: 8 }), tie('value'), { maxKeys: 3 }),
      tie('value').map((value) => JSON.stringify(value)),
    ),
  })).value;

  it('keeps JSON valid and changes nothing the second time, whatever the action', () => {
    for (const action of actions) {
      const apply = createRedactString(detectors, (finding, value) =>
        replacementOf({ finding, value, action, traceId: 'ab' }, actionKeys),
      );
      fc.assert(
        fc.property(json, (value) => {
          const text = JSON.stringify([value]);
          const once = apply(text);
          assert.doesNotThrow(() => JSON.parse(once), `${text} became ${once}`);
          assert.equal(apply(once), once);
          assert.doesNotMatch(once, /jane@|4111 ?1111 ?1111 ?1111|hunter22|10\.1\.2\.3/);
        }),
        { numRuns: 400 },
      );
    }
  });

  it('leaves every byte outside a hit as it was', () => {
    const around = fc
      .string({ unit: 'grapheme', maxLength: 40 })
      .map((text) => text.replace(/[\d@&%\\]/g, ' '));
    fc.assert(
      fc.property(around, around, (before, after) => {
        assert.equal(redact(`${before} jane@example.org ${after}`), `${before} [EMAIL] ${after}`);
      }),
    );
  });
});
