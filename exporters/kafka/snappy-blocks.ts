/** Snappy as the Java client frames it (org.xerial.snappy): this magic, two versions of four bytes, then blocks. */
const magic = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0]);
const headerBytes = 16;

/**
 * Decompresses a batch that was compressed by any of Kafka's clients: as one block, as Go's do, or as blocks with their
 * lengths before them, as Java's does.
 */
export async function decompressSnappy(
  bytes: Buffer,
  uncompress: (block: Buffer) => Promise<Buffer>,
): Promise<Buffer> {
  if (!bytes.subarray(0, magic.length).equals(magic)) return uncompress(bytes);
  const blocks: Buffer[] = [];
  for (let at = headerBytes; at < bytes.length;) {
    const size = bytes.readUInt32BE(at);
    at += 4;
    blocks.push(await uncompress(bytes.subarray(at, at + size)));
    at += size;
  }
  return Buffer.concat(blocks);
}
