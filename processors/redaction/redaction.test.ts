import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parse } from 'yaml';
import { encodeJson } from '../../pipeline/otlp/encode-json.ts';
import type { Json, ParsedSpan } from '../../test/support/redacted-span.ts';
import {
  attribute,
  firstSpan,
  ids,
  spanRequest,
  toRequest,
} from '../../test/support/redacted-span.ts';
import { createRedactionRun } from './run-redaction.ts';

describe('redaction of a span', () => {
  it('replaces values and says so beside them', () => {
    const { run, counts } = createRedactionRun('traces');
    const span = firstSpan(
      run(
        spanRequest(
          {
            attributes: [
              attribute(
                'gen_ai.input.messages',
                '[{"content":"I am jane@example.org, card 4111 1111 1111 1111"}]',
              ),
              { key: 'order', value: { intValue: '4111111111111111' } },
              attribute('gen_ai.request.model', 'gpt-4o-2024-08-06'),
            ],
          },
          [attribute('host.ip', '203.0.113.77')],
        ),
      ),
    );
    assert.deepEqual(
      span.attributes,
      new Map<string, unknown>([
        ['gen_ai.input.messages', '[{"content":"I am [EMAIL], card [CARD]"}]'],
        ['order', '[CARD]'],
        ['gen_ai.request.model', 'gpt-4o-2024-08-06'],
        ['redaction.email.count', '1'],
        ['redaction.card.count', '2'],
        ['redaction.masked.count', '2'],
        ['redaction.masked.keys', 'gen_ai.input.messages,order'],
      ]),
    );
    assert.equal(span.resource.get('host.ip'), '[IP]');
    assert.equal(span.resource.get('redaction.ip.count'), '1');
    assert.equal(counts.get('weir_redaction_values_total card redact'), 2);
    assert.equal(counts.get('weir_redaction_values_total ip redact'), 1);
  });

  it('replaces keys too, and keeps them out of the summary', () => {
    const span = firstSpan(
      createRedactionRun('traces').run(
        spanRequest({ attributes: [attribute('mail.jane@example.org', 'to 4111 1111 1111 1111')] }),
      ),
    );
    assert.doesNotMatch(span.json, /jane/);
    assert.equal(span.attributes.get('[EMAIL]'), 'to [CARD]');
    assert.equal(span.attributes.get('redaction.masked.keys'), '[EMAIL]');
  });

  it('changes nothing the second time, nor where there is nothing to find', () => {
    const { run } = createRedactionRun('traces');
    const harmless = spanRequest({
      attributes: [attribute('a', 'b'), attribute('model', 'gpt-4o')],
    });
    assert.equal(run(harmless), harmless);
    const once = run(spanRequest({ name: 'GET /u/jane@example.org' }));
    assert.deepEqual(Buffer.from(run(once)), Buffer.from(once));
  });

  it('masks and hashes by entity', () => {
    const config = parse(`
      entities: { card: mask, email: hash, ip: 'off' }
      hmac_key: 0123456789abcdef0123456789abcdef`) as unknown;
    const { run, counts } = createRedactionRun('traces', config);
    const text = 'jane@example.org 4111 1111 1111 1111 203.0.113.77 +14155550123';
    const span = firstSpan(run(spanRequest({ attributes: [attribute('t', text)] })));
    const value = String(span.attributes.get('t'));
    assert.match(
      value,
      /^\[EMAIL#k1:[a-p]{20}\] \*{4} \*{4} \*{4} 1111 203\.0\.113\.77 \[PHONE\]$/,
    );
    assert.equal(counts.get('weir_redaction_values_total email hash'), 1);
  });

  it('keeps no more of a value that is hidden by escapes than of a plain one, and keeps JSON valid', () => {
    const spellings = [
      ['jane@example.org', 'jane\\u0040example.org', 'jane%40example.org', 'jane&#64;example.org'],
      [
        '4111111111111111',
        '４１１１１１１１１１１１１１１１',
        '\\u0034111111111111111',
        '4111111111111\u200b111',
      ],
      ['203.0.113.77', '203%2E0%2E113%2E77', '203\\u002e0\\u002e113\\u002e77'],
    ];
    for (const action of ['mask', 'truncate', 'hash', 'pseudonym']) {
      const { run } = createRedactionRun('traces', { action, hmac_key: 'k'.repeat(32) });
      const redact = (value: string): unknown => {
        const request = spanRequest({ attributes: [attribute('t', `["${value}"]`)] });
        return JSON.parse(String(firstSpan(run(request)).attributes.get('t')));
      };
      for (const [plain = '', ...hidden] of spellings) {
        const expected = redact(plain);
        assert.ok(!JSON.stringify(expected).includes(plain));
        for (const value of hidden) assert.deepEqual(redact(value), expected, `${action} ${value}`);
      }
    }
  });

  it('takes no value for one that was blocked before because it is written like it', () => {
    const { run } = createRedactionRun('traces', { blocked_key_patterns: ['^secret'] });
    for (const value of [
      '[BLOCKED_KEY_jane@example.org]',
      '[CONTENT# the plan]',
      '[CONTENT~k1:x]',
    ]) {
      const once = run(spanRequest({ attributes: [attribute('secret', value)] }));
      assert.equal(firstSpan(once).attributes.get('secret'), '****');
    }
  });

  it('only counts in audit mode', () => {
    const { run, counts } = createRedactionRun('traces', { mode: 'audit' });
    const span = firstSpan(run(spanRequest({ attributes: [attribute('t', 'jane@example.org')] })));
    assert.equal(span.attributes.get('t'), 'jane@example.org');
    assert.equal(span.attributes.get('redaction.email.count'), '1');
    assert.equal(span.attributes.has('redaction.masked.count'), false);
    assert.equal(counts.get('weir_redaction_values_total email audit'), 1);
  });

  it('follows the Collector’s rules for keys and values', () => {
    const config = parse(`
      allowed_keys: [keep, code, token_a, ours]
      ignored_keys: [safe]
      blocked_key_patterns: ['^token']
      blocked_values: ['emp-\\d{4}']
      allowed_values: ['@mycompany\\.com$']`) as unknown;
    const { run, counts } = createRedactionRun('traces', config);
    const attributes = [
      attribute('keep', 'ä emp-1234 and bob@mycompany.com and jane@example.org'),
      attribute('token_a', 'anything'),
      attribute('safe', 'jane@example.org'),
      attribute('other', 'x'),
    ];
    const first = run(spanRequest({ attributes }));
    const span = firstSpan(first);
    assert.equal(span.attributes.get('keep'), 'ä **** and bob@mycompany.com and [EMAIL]');
    assert.equal(span.attributes.get('token_a'), '****');
    assert.equal(span.attributes.get('safe'), 'jane@example.org');
    assert.equal(span.attributes.has('other'), false);
    assert.equal(counts.get('weir_redaction_attributes_removed_total'), 1);
    assert.deepEqual(firstSpan(run(first)).attributes, span.attributes);
  });

  it('takes out fields that OTLP does not have, which nothing could scan', () => {
    const { run, counts } = createRedactionRun('traces', parse('{}'));
    const clean = spanRequest({});
    // Field 14 of the request itself; two requests end to end are one.
    const field = Buffer.concat([Buffer.from([0x72, 16]), Buffer.from('jane@example.org')]);
    assert.deepEqual(Buffer.from(run(Buffer.concat([clean, field]))), Buffer.from(clean));
    assert.equal(counts.get('weir_redaction_unknown_fields_total'), 1);
    run(clean);
    assert.equal(counts.get('weir_redaction_unknown_fields_total'), 1);
  });

  it('drops attributes and blocks spans', () => {
    const config = parse(`entities: { email: drop, card: block }`) as unknown;
    const { run, counts } = createRedactionRun('traces', config);
    const request = toRequest('traces', {
      resourceSpans: [
        {
          resource: { attributes: [attribute('owner', 'jane@example.org')] },
          scopeSpans: [
            {
              spans: [
                { ...ids, name: 'paid', attributes: [attribute('a', 'card 4111 1111 1111 1111')] },
                {
                  ...ids,
                  name: 'mailed',
                  attributes: [attribute('to', 'jane@example.org'), attribute('b', 'c')],
                  events: [{ name: 'sent', attributes: [attribute('to', 'bob@example.org')] }],
                },
              ],
            },
          ],
        },
      ],
    });
    const span = firstSpan(run(request));
    assert.equal(span.name, 'mailed');
    assert.equal(span.attributes.has('to'), false);
    assert.equal(span.attributes.get('b'), 'c');
    assert.equal(span.resource.has('owner'), false);
    assert.doesNotMatch(span.json, /paid|jane|bob|4111/);
    assert.equal(counts.get('weir_redaction_values_total card block'), 1);
    assert.equal(counts.get('weir_redaction_values_total email drop'), 3);
  });

  it('gives one pseudonym to a value in all spans of a trace, whichever worker they meet', () => {
    const config = { action: 'pseudonym' };
    const texts = ['to jane@example.org', 'from JANE@example.org'].map((text) => {
      const { run } = createRedactionRun('traces', config);
      return firstSpan(run(spanRequest({ attributes: [attribute('t', text)] }))).attributes.get(
        't',
      );
    });
    const [, token] = /(\[EMAIL_[a-p]{20}\])/.exec(String(texts[0])) ?? [];
    assert.deepEqual(texts, [`to ${token}`, `from ${token}`]);
    const other = createRedactionRun('traces', config).run(
      spanRequest({ traceId: 'a'.repeat(32), attributes: [attribute('t', 'jane@example.org')] }),
    );
    assert.notEqual(firstSpan(other).attributes.get('t'), token);
  });

  it('acts otherwise on some attributes and for some tenants', () => {
    const config = parse(`
      overrides:
        - { keys: ['app.*.id'], entities: { email: mask } }
        - { resource: { tenant.id: acme }, action: 'off' }
        - { resource: { tenant.id: umbra }, entities: { name: redact } }`) as unknown;
    const { run } = createRedactionRun('traces', config);
    const of = (tenant: string): ParsedSpan =>
      firstSpan(
        run(
          spanRequest(
            {
              attributes: [
                attribute('app.user.id', 'jane@example.org'),
                attribute('t', 'Dear Jane Doe, call +14155550123'),
              ],
            },
            [attribute('tenant.id', tenant)],
          ),
        ),
      );
    assert.equal(of('acme').attributes.get('app.user.id'), 'j***@e***');
    assert.equal(of('acme').attributes.get('t'), 'Dear Jane Doe, call +14155550123');
    assert.equal(of('umbra').attributes.get('t'), 'Dear [NAME], call [PHONE]');
    assert.equal(of('other').attributes.get('t'), 'Dear Jane Doe, call [PHONE]');
  });

  it('knows the user’s own terms, patterns and exceptions', () => {
    const config = parse(`
      custom: [{ name: badge, pattern: 'B-\\d{5}', keywords: [badge], action: mask }]
      entities: { deny_list: redact }`) as unknown;
    const { run, counts } = createRedactionRun('traces', config, {
      denyTerms: ['Project Kestrel', '王小明'],
      allowTerms: ['Support@example.org'],
    });
    const text =
      'badge B-12345, project kestrel, Project Kestrels, 王小明 asks support@example.org, not joe@example.org';
    const span = firstSpan(run(spanRequest({ attributes: [attribute('t', text)] })));
    assert.equal(
      span.attributes.get('t'),
      'badge *-*2345, [DENY_LIST], Project Kestrels, [DENY_LIST] asks support@example.org, not [EMAIL]',
    );
    assert.equal(span.attributes.get('redaction.badge.count'), '1');
    assert.equal(counts.get('weir_redaction_values_total badge mask'), 1);
  });

  it('knows the user’s own terms in any usual case, of letters beyond ASCII too', () => {
    const { run } = createRedactionRun(
      'traces',
      { preset: 'none' },
      { denyTerms: ['Jürgen Öztürk', 'мария иванова'] },
    );
    for (const written of ['Jürgen Öztürk', 'JÜRGEN ÖZTÜRK', 'jürgen öztürk', 'Мария Иванова']) {
      const span = firstSpan(run(spanRequest({ attributes: [attribute('t', `to ${written}.`)] })));
      assert.equal(span.attributes.get('t'), 'to [DENY_LIST].', written);
    }
  });

  it('knows the user’s own terms over the end of a line, and however an accent is written', () => {
    const { run } = createRedactionRun(
      'traces',
      { preset: 'none' },
      { denyTerms: ['Anna Smith', 'Li Wei', 'Jürgen'.normalize('NFC'), 'José'.normalize('NFD')] },
    );
    const found = [
      'Anna  Smith',
      'ANNA\n    Smith',
      'Anna\r\nSmith',
      'Li\nWei',
      'Li \tWei',
      'Li\\nWei',
      'Jürgen'.normalize('NFD'),
      'JÜRGEN'.normalize('NFD'),
      'José'.normalize('NFC'),
    ];
    for (const written of [...found, JSON.stringify('Anna\nSmith').slice(1, -1)]) {
      const span = firstSpan(run(spanRequest({ attributes: [attribute('t', `to ${written}.`)] })));
      assert.equal(span.attributes.get('t'), 'to [DENY_LIST].', JSON.stringify(written));
    }
    for (const written of ['AnnaSmith', 'Anna Smithson', 'Anna, Smith']) {
      const span = firstSpan(run(spanRequest({ attributes: [attribute('t', written)] })));
      assert.equal(span.attributes.get('t'), written);
    }
  });

  it('leaves content out and keeps what describes it', () => {
    const { run } = createRedactionRun('traces', { content: 'drop' });
    const span = firstSpan(
      run(
        spanRequest({
          attributes: [
            attribute('gen_ai.input.messages', '[{"content":"hello"}]'),
            attribute('llm.input_messages.0.message.content', 'hello'),
            attribute('gen_ai.request.model', 'gpt-4o'),
          ],
          events: [{ name: 'gen_ai.user.message', attributes: [attribute('content', 'hello')] }],
        }),
      ),
    );
    assert.deepEqual(
      span.attributes,
      new Map([
        ['gen_ai.request.model', 'gpt-4o'],
        ['redaction.redacted.count', '3'],
        [
          'redaction.redacted.keys',
          'content,gen_ai.input.messages,llm.input_messages.0.message.content',
        ],
      ]),
    );
    assert.doesNotMatch(span.json, /hello/);
    const logs = toRequest('logs', {
      resourceLogs: [
        {
          scopeLogs: [
            { logRecords: [{ eventName: 'gen_ai.user.message', body: { stringValue: 'hello' } }] },
          ],
        },
      ],
    });
    for (const action of ['redact', 'block', 'drop', 'pseudonym', 'encrypt', 'mask']) {
      const config = { content: 'drop', action, encryption_key: 'ab'.repeat(64) };
      const redacted = createRedactionRun('logs', { ...config, overrides: [{ action }] }).run(logs);
      assert.match(encodeJson('logs', redacted), /\[CONTENT\]/);
      assert.doesNotMatch(encodeJson('logs', redacted), /hello/);
    }
  });

  it('takes an attribute for what its key says', () => {
    const { run } = createRedactionRun('traces');
    const attributes = [
      attribute('db.password', 'hunter2!'),
      attribute('user.ssn', '078051120'),
      attribute('client.address', '9.9.9.10'),
      attribute('http.request.header.authorization', 'Basic ZGVtbzpwQDU1dzByZA=='),
      attribute('patient.date_of_birth', '1985-03-04'),
    ];
    const span = firstSpan(run(spanRequest({ attributes })));
    assert.deepEqual(
      attributes.map((_, index) => [...span.attributes.values()][index]),
      ['[CREDENTIAL]', '[US_SSN]', '[IP]', 'Basic [CREDENTIAL]', '[DATE_OF_BIRTH]'],
    );
  });

  it('leaves nothing below a blocked key, whatever kind of value it is, nor of the body of a message', () => {
    const nested = {
      kvlistValue: {
        values: [
          attribute('pin', 'words'),
          { key: 'inner name', value: { boolValue: true } },
          {
            key: 'n',
            value: { arrayValue: { values: [{ doubleValue: 7.25 }, { intValue: '77' }] } },
          },
        ],
      },
    };
    const attributes = [
      { key: 'secret.map', value: nested },
      { key: 'secret.flag', value: { boolValue: true } },
      { key: 'secret.bytes', value: { bytesValue: Buffer.from([0xff, 0x41]).toString('base64') } },
      { key: 'secret.int', value: { intValue: '7' } },
      { key: 'open', value: nested },
    ];
    for (const [action, pattern] of [
      ['redact', /^\*{4}$/],
      ['hash', /^\[BLOCKED_KEY#k1:[a-p]{20}\]$/],
    ] as const) {
      const config = { blocked_key_patterns: ['^secret'], action, hmac_key: 'k'.repeat(32) };
      const { run, counts } = createRedactionRun('traces', config);
      const once = run(spanRequest({ attributes, events: [{ name: 'e', attributes }] }));
      const span = firstSpan(once);
      for (const { key } of attributes.slice(0, 4)) {
        assert.match(String(span.attributes.get(key)), pattern, key);
      }
      assert.equal(span.json.match(/inner name/g)?.length, 2);
      assert.equal(counts.get(`weir_redaction_values_total blocked_key ${action}`), 8);
      assert.deepEqual(Buffer.from(run(once)), Buffer.from(once));
    }
    const logs = toRequest('logs', {
      resourceLogs: [
        { scopeLogs: [{ logRecords: [{ eventName: 'gen_ai.user.message', body: nested }] }] },
      ],
    });
    const redacted = createRedactionRun('logs', { content: 'drop' }).run(logs);
    assert.match(encodeJson('logs', redacted), /"body":\{"stringValue":"\[CONTENT\]"\}/);
    assert.deepEqual(
      createRedactionRun('logs', { mode: 'audit', content: 'drop' }).run(logs).length > logs.length,
      true,
    );
  });

  it('looks into bytes that are mostly text, and leaves those that are none of it as they are', () => {
    const bad = Buffer.from([0xff, 0x00, 0xc3]);
    const text = Buffer.concat([
      Buffer.from('I am jane@example.org, '),
      bad,
      Buffer.from(' card 4111111111111111'),
    ]);
    const binary = Buffer.concat([Buffer.alloc(200, 0xfe), text]);
    const bytes = (value: Buffer): Json => ({ bytesValue: value.toString('base64') });
    const { run, counts } = createRedactionRun('traces');
    const request = spanRequest({
      attributes: [
        { key: 'prompt', value: bytes(text) },
        { key: 'list', value: { arrayValue: { values: [bytes(text), bytes(binary)] } } },
        { key: 'image', value: bytes(binary) },
      ],
    });
    const json = firstSpan(run(request)).json;
    const clean = Buffer.concat([Buffer.from('I am [EMAIL], '), bad, Buffer.from(' card [CARD]')]);
    assert.equal(json.split(JSON.stringify(bytes(clean))).length, 3);
    assert.equal(json.split(JSON.stringify(bytes(binary))).length, 3);
    assert.equal(counts.get('weir_redaction_skipped_payloads_total binary'), 2);
    assert.deepEqual(Buffer.from(run(run(request))), Buffer.from(run(request)));
  });

  it('replaces a text that is too long to scan', () => {
    const { run, counts } = createRedactionRun('traces', { max_text_size: 100 });
    const span = firstSpan(
      run(spanRequest({ attributes: [attribute('t', 'x'.repeat(101)), attribute('u', 'y')] })),
    );
    assert.equal(span.attributes.get('t'), '[REDACTION_FAILED]');
    assert.equal(span.attributes.get('u'), 'y');
    assert.equal(counts.get('weir_redaction_failed_texts_total size'), 1);
  });
});
