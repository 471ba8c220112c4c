import assert from 'node:assert/strict';
import { test } from 'node:test';
import kafkajs from 'kafkajs';
import { createPartitioner, fnv1a, saramaPartition } from './partitioner.ts';
import type { Partitioning } from './partitioner.ts';

const partitionMetadata = (count: number): never[] =>
  // The partitioners read nothing of it but its length, and which partitions have a leader.
  Array.from({ length: count }, (_, partitionId) => ({ partitionId, leader: 1 })) as never[];

function partitionOf(
  partitioning: Partitioning,
  key: string | null,
  count: number,
  turn = 0,
): number {
  const choice = { turn, places: new Map(), chosen: new Set<number>() };
  const partition = createPartitioner(partitioning, choice, kafkajs)()({
    topic: 't',
    partitionMetadata: partitionMetadata(count),
    message: { key, value: null },
  });
  assert.deepEqual([...choice.chosen], [partition]);
  return partition;
}

test('hashes are FNV-1a as its authors publish them', () => {
  assert.equal(fnv1a(Buffer.from('')), 0x811c9dc5);
  assert.equal(fnv1a(Buffer.from('a')), 0xe40c292c);
  assert.equal(fnv1a(Buffer.from('b')), 0xe70c2de5);
  assert.equal(fnv1a(Buffer.from('foobar')), 0xbf9cf968);
});

test('a key goes where Sarama sends it: the remainder of the signed hash, without its sign', () => {
  // 0xbf9cf968 is -1080231576 as a signed number, 0x811c9dc5 is -2128831035.
  assert.equal(saramaPartition(Buffer.from('foobar'), 100), 76);
  assert.equal(saramaPartition(Buffer.from(''), 100), 35);
  assert.equal(partitionOf('sarama_compat', 'foobar', 7), 1080231576 % 7);
  for (let count = 1; count < 50; count += 1) {
    const partition = partitionOf('sarama_compat', 'a', count);
    assert.ok(partition >= 0 && partition < count);
  }
});

test('murmur2 sends a key where the Java client does', () => {
  // From Kafka's own UtilsTest: the hash of "foobar" is -790332482, that of "21" is -973932308.
  assert.equal(partitionOf('murmur2', 'foobar', 100), (-790332482 & 0x7fffffff) % 100);
  assert.equal(partitionOf('murmur2', '21', 100), (-973932308 & 0x7fffffff) % 100);
});

test('in turn, each message of a request goes to the next partition, and to the same one when it is repeated', () => {
  const messages = Array.from({ length: 5 }, () => ({ key: 'same', value: null }));
  const places = new Map(messages.map((message, place) => [message, place]));
  const choice = { turn: 4, places, chosen: new Set<number>() };
  const partition = createPartitioner('round_robin', choice, kafkajs)();
  const once = (): number[] =>
    messages.map((message) =>
      partition({ topic: 't', partitionMetadata: partitionMetadata(3), message }),
    );
  assert.deepEqual(once(), [1, 2, 0, 1, 2]);
  assert.deepEqual(once(), [1, 2, 0, 1, 2]);
  assert.deepEqual([...choice.chosen].sort(), [0, 1, 2]);
});

test('without a key all messages of a request go to one partition, the next request to the next', () => {
  assert.deepEqual(
    [0, 1, 2, 3].map((turn) => partitionOf('sarama_compat', null, 3, turn)),
    [0, 1, 2, 0],
  );
});
