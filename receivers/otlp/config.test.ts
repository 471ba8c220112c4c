import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'yaml';
import { otlpConfig } from './config.ts';
import { formatEndpoint, isLoopback, parseEndpoint } from './endpoint.ts';
import { createStamper } from './stamps.ts';

function problems(yaml: string): string[] {
  const result = otlpConfig.safeParse(parse(yaml));
  return result.error?.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`) ?? [];
}

test('a protocol without a value is on, an absent one is off, and one is needed', () => {
  const { protocols } = otlpConfig.parse(parse('protocols: {grpc: }'));
  assert.equal(protocols.grpc, null);
  assert.equal(protocols.http, undefined);
  assert.match(problems('protocols: {}').join(), /must specify at least one protocol/);
});

test("the Collector's keys are accepted with their defaults, save the 64 MiB message limit", () => {
  const { protocols } = otlpConfig.parse(
    parse(`
protocols:
  grpc:
    transport: tcp
    read_buffer_size: 524288
    keepalive: { server_parameters: { max_connection_idle: 11s }, enforcement_policy: { min_time: 5m } }
  http:
    cors: { allowed_origins: ['https://*.example.com'], max_age: 7200 }
    compression_algorithms: ['', gzip, zstd, zlib, snappy, deflate, lz4]
`),
  );
  assert.equal(protocols.grpc?.endpoint, 'localhost:4317');
  assert.equal(protocols.grpc.max_recv_msg_size_mib, 64);
  assert.equal(protocols.grpc.keepalive.server_parameters.max_connection_idle, 11_000);
  assert.equal(protocols.http?.endpoint, 'localhost:4318');
  assert.equal(protocols.http.max_request_body_size, 64 * 1024 * 1024);
  assert.equal(protocols.http.traces_url_path, '/v1/traces');
});

test('unknown keys and bad endpoints are errors', () => {
  assert.match(problems('protocols: {grpc: {enpoint: x}}').join(), /enpoint/);
  for (const endpoint of ['4317', 'host', 'host:99999', 'http://host:4317', '::1:4317']) {
    assert.match(
      problems(`protocols: {grpc: {endpoint: "${endpoint}"}}`).join(),
      /protocols.grpc.endpoint: expected host:port/,
      endpoint,
    );
  }
});

test('a stamp names an address or a header, never one with credentials', () => {
  const withMetadata = 'protocols: {http: {include_metadata: true}}';
  assert.deepEqual(
    problems(`{${withMetadata}, stamp: {a: client.address, b: metadata.X-Tenant}}`),
    [],
  );
  for (const header of ['Authorization', 'cookie', 'x-api-key']) {
    const found = problems(`{${withMetadata}, stamp: {k: metadata.${header}}}`);
    assert.match(found.join(), /stamp.k: .* carries credentials/);
  }
  assert.match(
    problems('{protocols: {http: }, stamp: {k: metadata.x-tenant}}').join(),
    /needs include_metadata/,
  );
  assert.match(problems('{protocols: {http: }, stamp: {k: peer}}').join(), /neither/);
});

test('stamps that a request does not have are left out, and long ones are cut', () => {
  const takeStamps = createStamper(
    { tenant: 'metadata.X-Tenant', team: 'metadata.x-team', peer: 'client.address' },
    true,
  );
  const stamps = takeStamps?.({
    address: () => '10.0.0.7',
    header: (name) => (name === 'x-tenant' ? 't'.repeat(300) : undefined),
  });
  assert.deepEqual(stamps, [
    { key: 'tenant', value: 't'.repeat(256) },
    { key: 'peer', value: '10.0.0.7' },
  ]);
});

test('endpoints are read and written as people write them', () => {
  assert.deepEqual(parseEndpoint('localhost:4317'), { host: '127.0.0.1', port: 4317 });
  assert.deepEqual(parseEndpoint('[::1]:0'), { host: '::1', port: 0 });
  assert.deepEqual(parseEndpoint(':4317'), { host: undefined, port: 4317 });
  assert.equal(formatEndpoint({ host: '::1', port: 0 }, 5), '[::1]:5');
  assert.equal(isLoopback({ host: '0.0.0.0', port: 1 }), false);
  assert.equal(isLoopback({ host: undefined, port: 1 }), false);
  assert.equal(isLoopback({ host: '127.0.0.9', port: 1 }), true);
});
