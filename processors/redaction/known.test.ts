import assert from 'node:assert/strict';
import { test } from 'node:test';

import { attribute, firstSpan, spanRequest } from '../../test/support/redacted-span.ts';
import { createRedactionRun } from './run-redaction.ts';

test('what is found in an attribute does not depend on clean ones that were seen before', () => {
  const learned = createRedactionRun('traces');
  const clean = [
    attribute('password', 'none'),
    attribute('date_of_birth', 'unknown'),
    attribute('model', 'gpt-4o'),
    { key: 'phone_verified', value: { boolValue: true } },
  ];
  for (let round = 0; round < 3; round++) learned.run(spanRequest({ attributes: clean }));
  const attributes = [
    ...clean,
    attribute('password', 'tr0ub4dor&3x'),
    attribute('date_of_birth', '1984-03-12'),
    attribute('model', 'jane@example.org'),
    attribute('count', '2025550123'),
  ];
  const request = spanRequest({ attributes });
  const span = firstSpan(learned.run(request));
  assert.deepEqual(span, firstSpan(createRedactionRun('traces').run(request)));
  for (const value of ['tr0ub4dor', '1984', 'jane']) assert.ok(!span.json.includes(value), value);
});

test('bytes of attributes that were clean before are not counted as scanned', () => {
  const { run, counts } = createRedactionRun('traces');
  const scanned = (): number => counts.get('weir_redaction_scanned_bytes_total') ?? 0;
  const request = spanRequest({ attributes: [attribute('model', 'gpt-4o')] });
  run(request);
  run(request);
  const before = scanned();
  run(request);
  assert.ok(scanned() - before < before / 2);
});
