import {
  actionTables,
  ENTER,
  ILLEGAL,
  PACKED_FIXED64,
  PACKED_VARINT,
  SKIP_GROUP,
  TAGS,
} from './actions.ts';
import { messageType } from './fields.ts';
import { FieldScanner, maxDepth, skipVarint } from './wire.ts';
import { WireError } from './wire-error.ts';

const firstPoint = messageType('NumberPoint');
const actions = actionTables.traces;

/** Checks messages below an item, whatever their depth, so that nothing that reads them later can meet broken bytes. */
export class Validator {
  /** Data points seen since it was last set to 0. */
  points = 0;
  /** Level of the message to be checked next, the request being 0. */
  depth = 0;
  /** Whether a field was seen that OTLP does not have; never reset here. */
  hasUnknown = false;
  /** Whether messages were seen that nest too deep, which were passed over; never reset here. */
  isTooDeep = false;
  readonly #scanner = new FieldScanner(new Uint8Array(0));
  readonly #types = new Int32Array(maxDepth + 1);
  readonly #ends = new Int32Array(maxDepth + 1);

  /**
   * Checks the message of `type` in `bytes[start..end)`.
   * @throws WireError
   */
  check(bytes: Uint8Array, type: number, start: number, end: number): void {
    const scanner = this.#scanner.enter(bytes, start, end);
    const top = this.depth;
    let current = type;
    let depth = top;
    if (depth > maxDepth) {
      this.isTooDeep = true;
      return;
    }
    scanner.depth = depth;
    for (;;) {
      if (scanner.next()) {
        const action = actionOf(scanner, current);
        if (action < ENTER) {
          this.#checkField(scanner, action);
          continue;
        }
        if (depth >= maxDepth) {
          this.isTooDeep = true;
          continue;
        }
        this.#types[depth] = current;
        this.#ends[depth] = scanner.end;
        current = action - ENTER;
        if (current >= firstPoint) this.points += 1;
        depth += 1;
        scanner.depth = depth;
        scanner.pos = scanner.start;
        scanner.end = scanner.stop;
      } else {
        if (depth === top) return;
        depth -= 1;
        scanner.depth = depth;
        current = this.#types[depth] ?? 0;
        scanner.end = this.#ends[depth] ?? 0;
      }
    }
  }

  #checkField(scanner: FieldScanner, action: number): void {
    const { bytes, start, stop } = scanner;
    if (action <= SKIP_GROUP) this.hasUnknown = true;
    if (action === PACKED_FIXED64 && (stop - start) % 8 !== 0) {
      throw new WireError('packed numbers are cut off', start);
    }
    if (action !== PACKED_VARINT) return;
    for (let pos = start; pos < stop;) pos = skipVarint(bytes, pos, stop);
  }
}

/** The action of the scanner's field in a message of `type`. */
function actionOf(scanner: FieldScanner, type: number): number {
  const tag = scanner.field * 8 + scanner.wireType;
  return tag < TAGS ? (actions[type * TAGS + tag] ?? ILLEGAL) : SKIP_GROUP;
}
