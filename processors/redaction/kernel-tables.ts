import type { GateTable } from './gate-table.ts';
import { mark } from './candidate.ts';
import type { LiteralGate, LiteralTable } from './literal-table.ts';
import { maxCompared } from './literal-table.ts';
import type { Form, FormTable } from './form-table.ts';
import { anything, highClasses, lowClasses, maxForm } from './form-table.ts';

/**
 * What the kernel knows of the gates, in the form that it reads. Bytes are told by tables of 16 entries by nibble, one for
 * the low nibble and one for the high: a byte has those bits that both of its nibbles have. Eight sets of bytes fit into a
 * pair of tables, and a set may come out larger than it was meant, for which the kernel makes up by looking closer.
 */
const nibbles = 16;
const setsOfTable = 8;

/** Marks that the kernel reads off `starts`; it comes to the others in ways of its own. */
const specialMarks = mark.byte | mark.escape | mark.colon | mark.hex_groups;

/**
 * Tables of the two bytes that such a mark may start with: a set for each high nibble of the first, as long as there are
 * eight.
 */
export function specialTablesOf({ starts }: GateTable): Uint8Array {
  const tables = new Uint8Array(4 * nibbles);
  const sets = new Map<number, number>();
  for (let pair = 0; pair < starts.length; pair++) {
    if (((starts[pair] ?? 0) & specialMarks) === 0) continue;
    const low = pair & 15;
    const high = nibbles + ((pair & 0xff) >> 4);
    const bit = 1 << (sets.get(high) ?? sets.size % setsOfTable);
    if (!sets.has(high)) sets.set(high, sets.size % setsOfTable);
    for (const entry of [low, high, 2 * nibbles + ((pair >> 8) & 15), 3 * nibbles + (pair >> 12)]) {
      tables[entry] = (tables[entry] ?? 0) | bit;
    }
  }
  return tables;
}

/** One bit a slot, for what `LiteralTable.slots` has `kind` of. */
export function slotBitsOf({ slots }: LiteralTable, kind: number): Uint8Array {
  const bits = new Uint8Array(slots.length / 8);
  for (let slot = 0; slot < slots.length; slot++) {
    if (((slots[slot] ?? 0) & kind) !== 0)
      bits[slot >> 3] = (bits[slot >> 3] ?? 0) | (1 << (slot & 7));
  }
  return bits;
}

/**
 * Bytes of a literal in the kernel's memory: what it compares, which bits of these bytes do not matter because letters have two
 * cases, which bytes it compares at all, and where the window is.
 */
const literalBytes = 64;
const [foldsAt, maskAt, offsetAt] = [16, 32, 48];
const bytesOfAddress = 4;

/**
 * Literals one behind the other from address `base` on, then lists of their addresses that end with 0; and by slot of a window
 * the address of its list.
 */
export function literalRowsOf(
  { bySlot, slots }: LiteralTable,
  base: number,
): { rows: Uint8Array; lists: Uint32Array } {
  const addresses = new Map<LiteralGate, number>();
  let listed = 0;
  for (const gates of bySlot.values()) {
    listed += gates.length + 1;
    for (const gate of gates) {
      if (!addresses.has(gate)) addresses.set(gate, base + addresses.size * literalBytes);
    }
  }
  const rows = new Uint8Array(addresses.size * literalBytes + listed * bytesOfAddress);
  for (const [gate, address] of addresses) {
    rows.set(literalRow(gate), address - base);
  }
  const lists = new Uint32Array(slots.length);
  const view = new DataView(rows.buffer);
  let at = addresses.size * literalBytes;
  for (const [slot, gates] of bySlot) {
    lists[slot] = base + at;
    for (const gate of gates) {
      view.setUint32(at, addresses.get(gate) ?? 0, true);
      at += bytesOfAddress;
    }
    at += bytesOfAddress;
  }
  return { rows, lists };
}

function literalRow({ literal, ignoreCase, offset }: LiteralGate): Uint8Array {
  const row = new Uint8Array(literalBytes);
  for (const [index, byte] of literal.subarray(0, maxCompared).entries()) {
    row[index] = byte;
    if (ignoreCase && byte >= 0x61 && byte <= 0x7a) row[foldsAt + index] = 0x20;
    row[maskAt + index] = 0xff;
  }
  row[offsetAt] = offset;
  return row;
}

/** Low and high table of the classes that forms are made of. */
export const classTables: Uint8Array = Uint8Array.from([...lowClasses, ...highClasses]);

/** Bytes of a form in the kernel's memory: its lead in the first one, its classes from the seventeenth on. */
const formBytes = 16 + maxForm;

/**
 * Forms one behind the other, shorter ones filled up with what every byte is, and the number of the first one by the length of
 * its word. In front of those of a length stands one that has what any of them wants.
 */
export function formRowsOf({ byWordLength }: FormTable): { rows: Uint8Array; index: Uint16Array } {
  const index = new Uint16Array(byWordLength.length + 1);
  const all: Form[] = [];
  for (const [length, forms] of byWordLength.entries()) {
    if (forms.length > 0) all.push(unionOf(forms), ...forms);
    index[length + 1] = all.length;
  }
  const rows = new Uint8Array(all.length * formBytes);
  for (const [row, { lead, classes }] of all.entries()) {
    rows[row * formBytes] = lead;
    rows.fill(anything, row * formBytes + 16, (row + 1) * formBytes);
    rows.set(classes, row * formBytes + 16);
  }
  return { rows, index };
}

function unionOf(forms: readonly Form[]): Form {
  const classes = new Uint8Array(maxForm);
  for (const { lead, classes: wanted } of forms) {
    for (let at = 0; at < maxForm; at++) {
      classes[at] = (classes[at] ?? 0) | (wanted[lead + at] ?? anything);
    }
  }
  return { lead: 0, classes };
}
