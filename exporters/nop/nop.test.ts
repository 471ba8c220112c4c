import assert from 'node:assert/strict';
import { it } from 'node:test';
import { parse } from 'yaml';
import { createRecordingContext } from '../../test/support/component-context.ts';
import { nopExporter } from './factory.ts';

it('takes everything', async () => {
  const config: unknown = parse('sending_queue: { queue_size: 10 }');
  const exporter = nopExporter.create(config, createRecordingContext('nop'));
  const abort = new AbortController().signal;
  const delivery = { id: '1', signal: 'logs' as const, attempt: 1, abort };
  const outcome = await exporter.send({ body: new Uint8Array(3), items: 7 }, delivery);
  assert.deepEqual(outcome, { kind: 'delivered' });
});
