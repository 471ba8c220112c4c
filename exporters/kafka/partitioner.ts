import type { ICustomPartitioner, Partitioners } from 'kafkajs';

/** How a message gets its partition: by a hash of its key, or each in turn. */
export type Partitioning = 'sarama_compat' | 'murmur2' | 'round_robin';

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
  /** Messages without a key go to this partition, modulo how many there are; in turn, the first one does. */
  turn: number;
  /** The messages of the request, in order. */
  places: ReadonlyMap<unknown, number>;
  /** Partitions that they went to. */
  readonly chosen: Set<number>;
}

/**
 * Creates a partitioner for kafkajs. It gives the same message the same partition however often kafkajs repeats a request:
 * a sequence number protects from duplicates within one partition only.
 */
export function createPartitioner(
  partitioning: Partitioning,
  choice: PartitionChoice,
  library: { readonly Partitioners: typeof Partitioners },
): ICustomPartitioner {
  return () => {
    const murmur2 = library.Partitioners.DefaultPartitioner();
    const choose: ReturnType<ICustomPartitioner> = (args) => {
      const { message, partitionMetadata } = args;
      const count = partitionMetadata.length;
      if (partitioning === 'round_robin') {
        return (choice.turn + (choice.places.get(message) ?? 0)) % count;
      }
      const { key } = message;
      if (key === null || key === undefined) return choice.turn % count;
      if (partitioning === 'murmur2') return murmur2(args);
      return saramaPartition(typeof key === 'string' ? Buffer.from(key) : key, count);
    };
    return (args) => {
      const partition = choose(args);
      choice.chosen.add(partition);
      return partition;
    };
  };
}
