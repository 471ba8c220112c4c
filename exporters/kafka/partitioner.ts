import type { ICustomPartitioner, Partitioners } from 'kafkajs';

/** Names of `record_partitioner.sticky_key.hasher`. */
export type Hasher = 'sarama_compat' | 'murmur2';

/** FNV-1a of 32 bits (http://www.isthe.com/chongo/tech/comp/fnv/). */
export function fnv1a(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}

/** As Sarama, and franz-go's SaramaCompatHasher: the hash as a signed number, its remainder without the sign. */
export function saramaPartition(key: Uint8Array, count: number): number {
  return Math.abs((fnv1a(key) | 0) % count);
}

/** What the partitioner of one producer needs to know about the request under way. */
export interface PartitionChoice {
  /** Messages without a key go to this partition, modulo how many there are. */
  turn: number;
  /** Partitions that messages of the request went to. */
  readonly chosen: Set<number>;
}

/**
 * Creates a partitioner for kafkajs. It gives the same message the same partition however often kafkajs repeats a request:
 * a sequence number protects from duplicates within one partition only.
 */
export function createPartitioner(
  hasher: Hasher,
  choice: PartitionChoice,
  library: { readonly Partitioners: typeof Partitioners },
): ICustomPartitioner {
  return () => {
    const murmur2 = library.Partitioners.DefaultPartitioner();
    return (args) => {
      const { message, partitionMetadata } = args;
      const count = partitionMetadata.length;
      const { key } = message;
      let partition = choice.turn % count;
      if (key !== null && key !== undefined) {
        const bytes = typeof key === 'string' ? Buffer.from(key) : key;
        partition = hasher === 'murmur2' ? murmur2(args) : saramaPartition(bytes, count);
      }
      choice.chosen.add(partition);
      return partition;
    };
  };
}
