import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, it } from 'node:test';
import { ServerCredentials } from '@grpc/grpc-js';
import { createRecordingContext } from '../../test/support/component-context.ts';
import { certificateFile, keyFile } from '../../test/support/tls-sink.ts';
import type { CertificateName } from '../../test/support/tls-sink.ts';
import { closeLater, closeOpened, ok, send, startExporter, startSink } from './otlp-under-test.ts';
import type { Sink } from './otlp-under-test.ts';

afterEach(closeOpened);

/** A server that takes clients of its authority only, or any client where none is named. */
function startTlsSink(clientAuthority?: string): Promise<Sink> {
  const pair = {
    private_key: readFileSync(keyFile('server')),
    cert_chain: readFileSync(certificateFile('server')),
  };
  const authority = clientAuthority === undefined ? null : readFileSync(clientAuthority);
  return startSink(ServerCredentials.createSsl(authority, [pair], authority !== null));
}

const ca = `ca_file: ${certificateFile('ca')}`;

describe('otlp over TLS', () => {
  it('is used for a bare endpoint and trusts the given authority only', async () => {
    const sink = await startTlsSink();
    const trusting = await startExporter(`localhost:${sink.port}`, `tls: { ${ca} }`);
    assert.equal((await send(trusting)).kind, 'delivered');
    const distrusting = await startExporter(`https://localhost:${sink.port}`);
    const outcome = await send(distrusting);
    assert.equal(outcome.kind === 'retryable' && outcome.cause, 'network');
  });

  it('can be told to expect another name, or to accept any certificate', async () => {
    const sink = await startTlsSink();
    const url = `https://localhost:${sink.port}`;
    const misled = await startExporter(url, `tls: { ${ca}, server_name_override: elsewhere.test }`);
    assert.equal((await send(misled)).kind, 'retryable');
    const named = await startExporter(
      `https://127.0.0.1:${sink.port}`,
      `tls: { ${ca}, server_name_override: localhost }`,
    );
    assert.equal((await send(named)).kind, 'delivered');
    const careless = await startExporter(url, 'tls: { insecure_skip_verify: true }');
    assert.equal((await send(careless)).kind, 'delivered');
  });

  it('shows a certificate that is given inline', async () => {
    const sink = await startTlsSink(certificateFile('ca'));
    const url = `localhost:${sink.port}`;
    assert.equal((await send(await startExporter(url, `tls: { ${ca} }`))).kind, 'retryable');
    const inline = (file: string): string => JSON.stringify(readFileSync(file, 'utf8'));
    const pems = `cert_pem: ${inline(certificateFile('client'))}, key_pem: ${inline(keyFile('client'))}`;
    const known = await startExporter(url, `tls: { ${ca}, ${pems} }`);
    assert.equal((await send(known)).kind, 'delivered');
  });

  it('shows a renewed certificate with the next call', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'weir-grpc-tls-'));
    closeLater(() => {
      rmSync(folder, { recursive: true });
    });
    const put = (name: CertificateName): void => {
      copyFileSync(keyFile(name), join(folder, 'key.pem'));
      copyFileSync(certificateFile(name), join(folder, 'cert.pem'));
    };
    put('client');
    const sink = await startTlsSink(certificateFile('ca'));
    const shown: unknown[] = [];
    sink.answer = (call, reply) => {
      shown.push(call.getAuthContext().sslPeerCertificate?.subject.CN);
      ok(call, reply);
    };
    const files = `cert_file: ${folder}/cert.pem, key_file: ${folder}/key.pem`;
    const context = createRecordingContext('otlp');
    const exporter = await startExporter(
      `localhost:${sink.port}`,
      `tls: { ${ca}, ${files}, reload_interval: 5ms }`,
      context,
    );
    await send(exporter);
    put('server-2');
    while (!context.lines.some(({ message }) => message === 'TLS certificate reloaded')) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await send(exporter);
    assert.deepEqual(shown, ['client', 'server-2']);
  });

  it('does not start with a certificate file that is not there, and names it', async () => {
    await assert.rejects(
      startExporter('localhost:4317', 'tls: { ca_file: /nonexistent/ca.pem }'),
      /tls\.ca_file cannot be read: .*\/nonexistent\/ca\.pem/,
    );
  });
});
