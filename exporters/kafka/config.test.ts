import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'yaml';
import { hasZstd } from './codecs.ts';
import { kafkaExporterConfig } from './config.ts';

/** What is wrong with a configuration, each with its key. */
function complaints(yaml: string): string[] {
  const { error } = kafkaExporterConfig.safeParse(parse(yaml));
  return (error?.issues ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`);
}

test('what a Collector’s file says, and what has no effect here, is accepted', () => {
  const yaml = `
brokers: [a:9092, "[::1]:9092"]
protocol_version: 2.1.0
resolve_canonical_bootstrap_servers_only: false
conn_idle_timeout: 9m
client_id: otel-collector
traces: {topic: t, encoding: otlp_json, topic_from_metadata_key: x-topic, message_key_from_metadata_key: x-key}
topic_from_attribute: kafka.topic
include_metadata_keys: [x-tenant-id]
record_headers: {source: weir}
record_partitioner: {round_robin: {}}
tls: {insecure: true, reload_interval: 1h}
auth: {plain_text: {username: u, password: p}}
metadata: {full: false, refresh_interval: 1m, retry: {max: 3, backoff: 250ms}}
producer: {max_message_bytes: 1000000, required_acks: 1, compression: gzip, compression_params: {level: 9}, max_broker_write_bytes: 104857600, flush_max_messages: 10000, linger: 10ms, allow_auto_topic_creation: false}
`;
  assert.deepEqual(complaints(yaml), []);
});

test(
  'zstd is refused where this Node has none, with what to do about it',
  { skip: hasZstd },
  () => {
    assert.match(complaints('producer: {compression: zstd}').join(), /zstd needs Node 22\.15/);
  },
);

test('zstd is accepted where this Node has it', { skip: !hasZstd && 'it has not' }, () => {
  assert.deepEqual(complaints('producer: {compression: zstd}'), []);
});

for (const [what, yaml, expected] of [
  ['a mechanism', 'auth: {sasl: {mechanism: AWS_MSK_IAM_OAUTHBEARER}}', /"AWS_MSK_IAM.*use PLAIN/],
  ['Kerberos', 'auth: {kerberos: {realm: R}}', /^auth\.kerberos: .*cannot do Kerberos; use SCRAM/],
  ['the older place of tls', 'auth: {tls: {}}', /^auth\.tls: .*move it up to `tls`/],
  [
    'an extension with tokens',
    'auth: {sasl: {mechanism: OAUTHBEARER, oauthbearer_token_source: oauth2client, oauthbearer_token_file: f}}',
    /^auth\.sasl\.oauthbearer_token_source: .*name a file/,
  ],
  [
    'OAUTHBEARER without a token',
    'auth: {sasl: {mechanism: OAUTHBEARER}}',
    /^auth\.sasl\.oauthbearer_token_file: OAUTHBEARER needs it/,
  ],
  [
    'SCRAM without a password',
    'auth: {sasl: {mechanism: SCRAM-SHA-256, username: u}}',
    /^auth\.sasl\.password: SCRAM-SHA-256 needs it$/,
  ],
  [
    'two partitioners',
    'record_partitioner: {sticky_key: {}, round_robin: {}}',
    /^record_part.*one/,
  ],
  ['an extension that partitions', 'record_partitioner: {extension: x}', /use sticky_key or round/],
  [
    'two sources of a key',
    '{partition_traces_by_id: true, traces: {message_key_from_metadata_key: k}}',
    /^partition_traces_by_id: traces\.message_key_from_metadata_key is set too/,
  ],
  [
    'two ways to partition logs',
    '{partition_logs_by_resource_attributes: true, partition_logs_by_trace_id: true}',
    /^partition_logs_by_trace_id: partition_logs_by_resource_attributes is set too/,
  ],
] as const) {
  test(`${what} is refused, and the message says what to do instead`, () => {
    assert.match(complaints(yaml).join('\n'), expected);
  });
}
