import assert from 'node:assert/strict';
import { it } from 'node:test';
import { createRecordingContext } from '../../test/support/component-context.ts';
import { certificateFile, keyFile, startTlsSink } from '../../test/support/tls-sink.ts';
import { clickhouseExporter } from './factory.ts';

it('sends rows over TLS, with the certificates of its own block', async (t) => {
  const sink = await startTlsSink();
  t.after(sink.close);
  const sendWith = async (tls: object): Promise<string> => {
    const config = { endpoint: sink.url, create_schema: false, tls };
    const exporter = clickhouseExporter.create(config, createRecordingContext('clickhouse'));
    await exporter.start?.();
    const payload = { body: Buffer.from('rows'), items: 1, route: { kind: 'traces', day: 0 } };
    const abort = new AbortController().signal;
    const delivery = { id: '1', signal: 'traces', attempt: 1, abort } as const;
    const outcome = await exporter.send(payload, delivery);
    await exporter.shutdown?.();
    return outcome.kind;
  };
  const ca = { ca_file: certificateFile('ca') };
  const identity = { cert_file: certificateFile('client'), key_file: keyFile('client') };
  assert.equal(await sendWith({ ...ca, ...identity }), 'delivered');
  assert.equal(await sendWith({}), 'retryable');
  assert.deepEqual(
    sink.handshakes.map(({ client }) => client),
    ['client'],
  );
});
