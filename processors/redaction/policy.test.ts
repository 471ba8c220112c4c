import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { parse } from 'yaml';
import { attribute, firstSpan, spanRequest } from '../../test/support/redacted-span.ts';
import { redactionConfig } from './config.ts';
import { prepareRedaction } from './prepare-redaction.ts';
import { presetNames } from './presets.ts';
import { createRedactionRun } from './run-redaction.ts';

/** One value of each kind that presets tell apart. */
const values: Readonly<Record<string, string>> = {
  EMAIL: 'jane@example.org',
  CARD: '4111 1111 1111 1111',
  API_KEY: 'AKIAQYLPMN5HHHFPZAM2',
  CREDENTIAL: 'password=hunter22',
  NAME: 'my name is Jane Doe,',
  CN_RESIDENT_ID: '11010519491231002X',
  US_SSN: 'ssn 123-45-6789',
  ES_DNI: 'dni 12345678Z',
};

function tagsWith(yaml: string): string[] {
  const { run } = createRedactionRun('traces', parse(yaml));
  const attributes = Object.values(values).map((value, index) =>
    attribute(`a${index}`, `x ${value} y`),
  );
  const { json } = firstSpan(run(spanRequest({ attributes })));
  return Object.keys(values).filter((tag) => json.includes(`[${tag}]`));
}

describe('presets and regions', () => {
  const expected: Readonly<Record<(typeof presetNames)[number], readonly string[]>> = {
    default: Object.keys(values).filter((tag) => tag !== 'NAME'),
    all: Object.keys(values),
    secrets: ['API_KEY', 'CREDENTIAL'],
    pci: ['CARD'],
    gdpr_eu: ['EMAIL', 'CARD', 'API_KEY', 'CREDENTIAL', 'NAME', 'ES_DNI'],
    cn: ['EMAIL', 'CARD', 'API_KEY', 'CREDENTIAL', 'NAME', 'CN_RESIDENT_ID'],
    none: [],
  };
  for (const preset of presetNames) {
    it(`look for what ${preset} names`, () => {
      assert.deepEqual(tagsWith(`preset: ${preset}`), expected[preset]);
    });
  }

  it('leave out the numbers of other countries', () => {
    assert.deepEqual(
      tagsWith('regions: [us]').filter((tag) => tag.includes('_')),
      ['API_KEY', 'US_SSN'],
    );
    assert.ok(tagsWith('{ regions: [us], entities: { es_dni: redact } }').includes('ES_DNI'));
    assert.ok(!tagsWith(`entities: { us_ssn: 'off' }`).includes('US_SSN'));
  });

  it('take national phone numbers of the countries in regions without a word', () => {
    const redact = (yaml: string): unknown => {
      const { run } = createRedactionRun('traces', parse(yaml));
      return firstSpan(
        run(spanRequest({ attributes: [attribute('t', 'x 13812345678 y')] })),
      ).attributes.get('t');
    };
    assert.equal(redact('{}'), 'x 13812345678 y');
    assert.equal(redact('regions: [cn]'), 'x [PHONE] y');
  });
});

describe('overrides', () => {
  const redact = (
    yaml: string,
    span: Parameters<typeof spanRequest>[0],
    resource: Parameters<typeof spanRequest>[1] = [],
  ): ReturnType<typeof firstSpan> =>
    firstSpan(createRedactionRun('traces', parse(yaml)).run(spanRequest(span, resource)));
  const mail = attribute('t', 'jane@example.org');

  it('tell tenants by attributes of the span, which say nothing of what spans share', () => {
    const yaml = `
      overrides:
        - { attributes: { genai.tenant.id: acme }, action: mask }
        - { attributes: { tenant: '42' }, keys: [t], action: 'off' }`;
    const resource = [attribute('owner', 'joe@example.org')];
    const acme = redact(
      yaml,
      { attributes: [attribute('genai.tenant.id', 'acme'), mail] },
      resource,
    );
    assert.equal(acme.attributes.get('t'), 'j***@e***');
    assert.equal(acme.resource.get('owner'), '[EMAIL]');
    const numbered = { key: 'tenant', value: { intValue: '42' } };
    const other = redact(
      yaml,
      { name: 'to jane@example.org', attributes: [numbered, mail] },
      resource,
    );
    assert.equal(other.attributes.get('t'), 'jane@example.org');
    assert.equal(other.name, 'to [EMAIL]');
    assert.equal(redact(yaml, { attributes: [mail] }).attributes.get('t'), '[EMAIL]');
  });

  it('take a value for what is written of it, whatever kind it is', () => {
    for (const [value, text] of [
      [{ boolValue: true }, 'true'],
      [{ boolValue: false }, 'false'],
      [{ doubleValue: 2.5 }, '2.5'],
      [{ doubleValue: 2 }, '2'],
      [{ intValue: '9007199254740993' }, '9007199254740993'],
    ] as const) {
      const overrides = `{ overrides: [{ attributes: { tier: '${text}' }, action: drop }] }`;
      const span = redact(overrides, { attributes: [{ key: 'tier', value }, mail] });
      assert.equal(span.attributes.has('t'), false, text);
    }
  });

  it('need all their conditions, and the first that says something decides', () => {
    const yaml = `
      overrides:
        - { resource: { tenant: acme }, attributes: { tier: free }, action: drop }
        - { resource: { tenant: acme }, entities: { card: mask } }
        - { resource: { tenant: acme }, action: truncate }`;
    const tenant = [attribute('tenant', 'acme')];
    const free = redact(yaml, { attributes: [attribute('tier', 'free'), mail] }, tenant);
    assert.equal(free.attributes.has('t'), false);
    const paid = redact(
      yaml,
      { attributes: [mail, attribute('c', '4111 1111 1111 1111')] },
      tenant,
    );
    assert.equal(paid.attributes.get('t'), 'jane…');
    assert.equal(paid.attributes.get('c'), '**** **** **** 1111');
  });
});

describe('lists', () => {
  const folder = mkdtempSync(join(tmpdir(), 'weir-lists-'));
  after(() => {
    rmSync(folder, { recursive: true });
  });

  it('come from files, one term a line, and win match by match', async () => {
    writeFileSync(join(folder, 'deny'), '# staff\nJane Miller\r\n\n  Projekt Kestrel\n');
    writeFileSync(join(folder, 'allow'), 'Support@Example.org\n192.0.2.1\n');
    const config = { deny_list: join(folder, 'deny'), allow_list: join(folder, 'allow') };
    const prepared = await prepareRedaction(redactionConfig.parse(config));
    const { run } = createRedactionRun('traces', config, prepared);
    const text =
      'JANE MILLER of projekt kestrel: support@example.org, joe@example.org, 192.0.2.1, 192.0.2.2';
    const span = firstSpan(run(spanRequest({ attributes: [attribute('t', text)] })));
    assert.equal(
      span.attributes.get('t'),
      '[DENY_LIST] of [DENY_LIST]: support@example.org, [EMAIL], 192.0.2.1, [IP]',
    );
  });

  it('that cannot be read or used stop the start, and name their key but no term', async () => {
    writeFileSync(join(folder, 'short'), 'ab\n');
    const prepare = (config: object): Promise<unknown> =>
      prepareRedaction(redactionConfig.parse(config));
    await assert.rejects(prepare({ deny_list: join(folder, 'none') }), /^Error: deny_list: ENOENT/);
    await assert.rejects(
      prepare({ allow_list: join(folder, 'none') }),
      /^Error: allow_list: ENOENT/,
    );
    await assert.rejects(
      prepare({ deny_list: join(folder, 'short') }),
      /deny_list .*: term 1 of the deny list is shorter than 3 bytes/,
    );
  });
});
