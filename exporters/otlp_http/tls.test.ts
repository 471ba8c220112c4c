import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, it } from 'node:test';
import type { TlsOptions } from 'node:tls';
import type { Exporter } from '../../pipeline/component/exporter.ts';
import { createRecordingContext } from '../../test/support/component-context.ts';
import type { RecordingContext } from '../../test/support/component-context.ts';
import { certificateFile, keyFile, startTlsSink } from '../../test/support/tls-sink.ts';
import type { CertificateName, TlsSink } from '../../test/support/tls-sink.ts';
import { otlpHttpExporter } from './factory.ts';

const opened: (() => void)[] = [];

afterEach(() => {
  for (const close of opened.splice(0)) close();
});

async function startSink(options?: TlsOptions): Promise<TlsSink> {
  const sink = await startTlsSink(options);
  opened.push(sink.close);
  return sink;
}

type Tls = Readonly<Record<string, unknown>>;

async function startExporter(
  sink: TlsSink,
  tls: Tls,
  context: RecordingContext = createRecordingContext('otlp_http'),
): Promise<Exporter> {
  const exporter = otlpHttpExporter.create({ endpoint: sink.url, tls }, context);
  await exporter.start?.();
  opened.push(() => void exporter.shutdown?.());
  return exporter;
}

async function send(exporter: Exporter): Promise<string> {
  const payload = { body: Buffer.from('raw bytes'), items: 1 };
  const abort = new AbortController().signal;
  return (await exporter.send(payload, { id: '1', signal: 'traces', attempt: 1, abort })).kind;
}

const sendOnce = async (sink: TlsSink, tls: Tls): Promise<string> =>
  await send(await startExporter(sink, tls));

const ca = { ca_file: certificateFile('ca') };
const inline = (file: string): string => readFileSync(file, 'utf8');

describe('otlp_http over TLS', () => {
  it('trusts the given authority, and no other unless told to', async () => {
    const sink = await startSink();
    assert.equal(await sendOnce(sink, ca), 'delivered');
    assert.equal(await sendOnce(sink, { ca_pem: inline(ca.ca_file) }), 'delivered');
    assert.equal(await sendOnce(sink, { ca_file: '' }), 'retryable');
    assert.equal(await sendOnce(sink, { insecure_skip_verify: true }), 'delivered');
  });

  it('shows a certificate that is given as files or inline', async () => {
    const sink = await startSink();
    const files = { cert_file: certificateFile('client'), key_file: keyFile('client') };
    const pems = { cert_pem: inline(files.cert_file), key_pem: inline(files.key_file) };
    for (const identity of [files, pems, {}]) {
      assert.equal(await sendOnce(sink, { ...ca, ...identity }), 'delivered');
    }
    assert.deepEqual(
      sink.handshakes.map(({ client }) => client),
      ['client', 'client', undefined],
    );
  });

  it('speaks the versions and the cipher suites that it may', async () => {
    const sink = await startSink();
    const suite = 'TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256';
    await sendOnce(sink, { ...ca, max_version: '1.2', cipher_suites: [suite] });
    await sendOnce(sink, { ...ca, cipher_suites: [suite] });
    const [old, latest] = sink.handshakes;
    assert.deepEqual([old?.version, old?.cipher], ['TLSv1.2', suite]);
    assert.equal(latest?.version, 'TLSv1.3', 'the suites of 1.3 stay on');
    const only12 = await startSink({ maxVersion: 'TLSv1.2' });
    assert.equal(await sendOnce(only12, { ...ca, min_version: '1.3' }), 'retryable');
  });

  it('agrees on the curves that it may', async () => {
    const sink = await startSink({ ecdhCurve: 'P-384' });
    assert.equal(await sendOnce(sink, { ...ca, curve_preferences: ['P384'] }), 'delivered');
    assert.equal(await sendOnce(sink, { ...ca, curve_preferences: ['X25519'] }), 'retryable');
  });

  it('trusts what the system trusts where it is told to', async (t) => {
    const before = process.env['SSL_CERT_FILE'];
    t.after(() => {
      if (before === undefined) delete process.env['SSL_CERT_FILE'];
      else process.env['SSL_CERT_FILE'] = before;
    });
    process.env['SSL_CERT_FILE'] = certificateFile('ca');
    const sink = await startSink();
    assert.equal(await sendOnce(sink, {}), 'retryable');
    assert.equal(await sendOnce(sink, { include_system_ca_certs_pool: true }), 'delivered');
    process.env['SSL_CERT_FILE'] = '/nonexistent/certificates.pem';
    assert.equal(await sendOnce(sink, { include_system_ca_certs_pool: true }), 'retryable');
    const both = { ...ca, include_system_ca_certs_pool: true };
    assert.equal(await sendOnce(sink, both), 'delivered');
  });

  it('shows a renewed certificate to new connections, and goes on with the old one while a pair is broken', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'weir-client-tls-'));
    opened.push(() => {
      rmSync(folder, { recursive: true });
    });
    const files = { cert_file: join(folder, 'cert.pem'), key_file: join(folder, 'key.pem') };
    const put = (name: CertificateName): void => {
      copyFileSync(keyFile(name), files.key_file);
      copyFileSync(certificateFile(name), files.cert_file);
    };
    put('client');
    const sink = await startSink();
    const context = createRecordingContext('otlp_http');
    const exporter = await startExporter(
      sink,
      { ...ca, ...files, reload_interval: '5ms' },
      context,
    );
    const until = async (message: RegExp): Promise<void> => {
      while (!context.lines.some((line) => message.test(line.message))) {
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    };
    await send(exporter);
    writeFileSync(files.cert_file, '');
    await until(/^TLS certificate not reloaded/);
    await send(exporter);
    put('server-2');
    await until(/^TLS certificate reloaded/);
    await send(exporter);
    assert.deepEqual(
      sink.handshakes.map(({ client }) => client),
      ['client', 'client', 'server-2'],
    );
  });

  it('does not start with files that are missing or no pair, and names the key', async () => {
    const sink = await startSink();
    await assert.rejects(
      startExporter(sink, { ca_file: '/nonexistent/ca.pem' }),
      /tls\.ca_file cannot be read: .*\/nonexistent\/ca\.pem/,
    );
    const mixed = { cert_file: certificateFile('client'), key_file: keyFile('server') };
    await assert.rejects(
      startExporter(sink, mixed),
      /tls: the certificates and the key cannot be used: .*key values mismatch/,
    );
  });
});
