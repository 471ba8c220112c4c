import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parse } from 'yaml';
import { otlpExporter } from './factory.ts';
import { parseGrpcEndpoint } from './grpc-endpoint.ts';

describe('the endpoint of a gRPC exporter', () => {
  const mistakes: readonly [string, RegExp][] = [
    ['', /an endpoint is needed/],
    ['localhost', /"localhost" has no port/],
    ['http://localhost', /has no port/],
    ['http://localhost:4317/v1/traces', /no path: write "localhost:4317"/],
    ['ftp://localhost:4317', /"ftp:\/\/" is not a scheme/],
    ['localhost:0', /no port/],
    ['localhost:99999', /no port/],
  ];
  for (const [text, message] of mistakes) {
    it(`refuses "${text}" and says why`, () => {
      const result = otlpExporter.schema.safeParse({ endpoint: text });
      assert.match(result.error?.issues[0]?.message ?? '', message);
    });
  }

  it('lets a scheme decide on TLS', () => {
    const tlsOf = (text: string): unknown => {
      const parsed = parseGrpcEndpoint(text);
      return parsed.kind === 'target' && [parsed.target, parsed.tls];
    };
    assert.deepEqual(tlsOf('http://a:4317'), ['a:4317', false]);
    assert.deepEqual(tlsOf('HTTPS://a:4317/'), ['a:4317', true]);
    assert.deepEqual(tlsOf('https://a'), ['a:443', true]);
    assert.deepEqual(tlsOf('[::1]:4317'), ['[::1]:4317', undefined]);
    assert.deepEqual(tlsOf('dns:///a:4317'), ['dns:///a:4317', undefined]);
  });

  it('takes what a Collector has', () => {
    const yaml = `{ endpoint: 'a:4317', tls: { insecure: true }, compression: none, balancer_name: pick_first,
      keepalive: { time: 30s, timeout: 5s, permit_without_stream: true }, wait_for_ready: true, write_buffer_size: 524288,
      user_agent: tier-1, authority: gateway, read_buffer_size: 1, middlewares: [] }`;
    assert.ok(otlpExporter.schema.safeParse(parse(yaml)).success);
    const auth = otlpExporter.schema.safeParse({ endpoint: 'a:1', auth: { authenticator: 'x' } });
    assert.match(auth.error?.issues[0]?.message ?? '', /write what it would send in `headers`/);
    const zstd = otlpExporter.schema.safeParse({ endpoint: 'a:1', compression: 'zstd' });
    assert.match(zstd.error?.issues[0]?.message ?? '', /use gzip or none/);
  });
});
