import type { Id } from './batch.ts';

/** The `Id` of wherever it was moved to. */
export class IdCursor implements Id {
  size = 0;
  #bytes = Buffer.alloc(0);
  #start = 0;

  /** Moves to the id `bytes[start..start + size)`. */
  move(bytes: Buffer<ArrayBuffer>, start: number, size: number): this {
    this.#bytes = bytes;
    this.#start = start;
    this.size = size;
    return this;
  }

  get isEmpty(): boolean {
    for (let i = 0; i < this.size; i++) if (this.#bytes[this.#start + i] !== 0) return false;
    return true;
  }

  byte(index: number): number {
    return index < this.size ? (this.#bytes[this.#start + index] ?? 0) : 0;
  }

  hex(): string {
    return this.#bytes.toString('hex', this.#start, this.#start + this.size);
  }
}
