import { noShape } from './name-sequences.ts';

/** Shapes that are remembered, at most; a power of two. */
const slots = 256;

/** Remembers what follows from the shape of a list of attributes, see `AttributeKeys`. */
export class ShapeCache<Meaning> {
  readonly #shapes = new Float64Array(slots).fill(noShape);
  readonly #meanings: (Meaning | undefined)[] = Array.from({ length: slots }, () => undefined);

  /** Undefined where nothing is remembered of the shape. */
  get(shape: number): Meaning | undefined {
    const slot = shape & (slots - 1);
    return shape !== noShape && this.#shapes[slot] === shape ? this.#meanings[slot] : undefined;
  }

  /** Does nothing where the shape is `noShape`. */
  set(shape: number, meaning: Meaning): void {
    if (shape === noShape) return;
    const slot = shape & (slots - 1);
    this.#shapes[slot] = shape;
    this.#meanings[slot] = meaning;
  }
}
