import assert from 'node:assert/strict';
import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { connect } from 'node:tls';
import { Client, credentials } from '@grpc/grpc-js';
import type { ChannelCredentials } from '@grpc/grpc-js';
import { projectRoot } from '../../test/support/project-root.ts';
import { createOtlpReceiver, startOtlpReceiver } from '../../test/support/start-otlp-receiver.ts';

const testdata = join(projectRoot, 'receivers/otlp/testdata');
const read = (name: string): Promise<Buffer> => readFile(join(testdata, name));

function yaml(tls: string): string {
  const block = `{endpoint: "127.0.0.1:0", tls: {${tls}}}`;
  return `protocols: {grpc: ${block}, http: ${block}}`;
}

const serverFiles = `cert_file: ${testdata}/server.pem, key_file: ${testdata}/server-key.pem`;

async function sendGrpc(port: number, channel: ChannelCredentials): Promise<number> {
  const client = new Client(`localhost:${port}`, channel, { 'grpc.use_local_subchannel_pool': 1 });
  const asIs = (bytes: Buffer): Buffer => bytes;
  const path = '/opentelemetry.proto.collector.trace.v1.TraceService/Export';
  const code = await new Promise<number>((resolve) => {
    client.makeUnaryRequest(path, asIs, asIs, Buffer.from('x'), (error) => {
      resolve(error?.code ?? 0);
    });
  });
  client.close();
  return code;
}

function sendHttp(
  port: number,
  identity: { cert?: Buffer; key?: Buffer; ca: Buffer },
): Promise<number> {
  return new Promise((resolve, reject) => {
    const sending = request(
      {
        host: '127.0.0.1',
        port,
        path: '/v1/traces',
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        agent: false,
        ...identity,
      },
      (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      },
    );
    sending.on('error', reject);
    sending.end('{}');
  });
}

/** The common name of the certificate that the port shows. */
function shownName(port: number, ca: Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(
      { host: '127.0.0.1', port, ca, ALPNProtocols: ['h2', 'http/1.1'] },
      () => {
        resolve([socket.getPeerCertificate().subject.CN].flat().join());
        socket.destroy();
      },
    );
    socket.on('error', reject);
  });
}

test('both protocols serve TLS, and plaintext clients are told in the log', async () => {
  const started = await startOtlpReceiver(yaml(serverFiles));
  const ca = await read('ca.pem');
  assert.equal(await sendGrpc(started.grpcPort, credentials.createSsl(ca)), 0);
  assert.equal(await sendHttp(started.httpPort, { ca }), 200);
  assert.equal(started.requests.length, 2);
  await assert.rejects(fetch(`http://127.0.0.1:${started.grpcPort}/`));
  assert.match(started.logs.at(-1)?.message ?? '', /spoke HTTP\/1\.1 on the OTLP\/gRPC port/);
  await started.receiver.shutdown?.();
});

test('with client_ca_file only clients with a certificate of it get in', async () => {
  const started = await startOtlpReceiver(
    yaml(`${serverFiles}, client_ca_file: ${testdata}/ca.pem`),
  );
  const [ca, cert, key] = await Promise.all([
    read('ca.pem'),
    read('client.pem'),
    read('client-key.pem'),
  ]);
  assert.equal(await sendGrpc(started.grpcPort, credentials.createSsl(ca, key, cert)), 0);
  assert.equal(await sendHttp(started.httpPort, { ca, cert, key }), 200);
  assert.notEqual(await sendGrpc(started.grpcPort, credentials.createSsl(ca)), 0);
  await assert.rejects(sendHttp(started.httpPort, { ca }));
  assert.equal(started.requests.length, 2);
  await started.receiver.shutdown?.();
});

test('a changed certificate is used for new connections, a broken one is not', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'weir-tls-'));
  t.after(() => rm(folder, { recursive: true }));
  const put = async (name: string): Promise<void> => {
    await copyFile(join(testdata, `${name}-key.pem`), join(folder, 'key.pem'));
    await copyFile(join(testdata, `${name}.pem`), join(folder, 'cert.pem'));
  };
  await put('server');
  const files = `cert_file: ${folder}/cert.pem, key_file: ${folder}/key.pem, reload_interval: 5ms`;
  const started = await startOtlpReceiver(yaml(files));
  t.after(() => started.receiver.shutdown?.());
  const ca = await read('ca.pem');
  assert.equal(await shownName(started.grpcPort, ca), 'server');
  await copyFile(join(testdata, 'ca.pem'), join(folder, 'key.pem'));
  await until(() => started.logs.some(({ message }) => message.startsWith('TLS certificate not')));
  assert.equal(await shownName(started.grpcPort, ca), 'server');
  await put('server-2');
  await until(() => started.logs.filter(({ message }) => message.endsWith('reloaded')).length >= 2);
  for (const port of [started.grpcPort, started.httpPort]) {
    await until(async () => (await shownName(port, ca)) === 'server-2');
  }
});

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 5));
}

test('a certificate that cannot be read fails the start and names the key', async () => {
  const started = createOtlpReceiver(
    yaml('cert_file: /nonexistent.pem, key_file: /nonexistent.pem'),
  );
  await assert.rejects(async () => started.receiver.start?.(), /tls.cert_file cannot be read/);
});
