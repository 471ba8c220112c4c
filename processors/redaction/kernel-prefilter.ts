import type { Piece, Prefilter } from './candidate.ts';
import { maxPiece } from './candidate.ts';
import type { GateTable } from './gate-table.ts';
import {
  classTables,
  formRowsOf,
  literalRowsOf,
  slotBitsOf,
  specialTablesOf,
} from './kernel-tables.ts';
import { fourBytes, openingBytes, threeBytes } from './literal-table.ts';
import { kernelBase64 } from './kernel-wasm.ts';

/** The part of WebAssembly's interface that is used here: its types come with those of browsers only. */
declare const WebAssembly:
  | {
      readonly Module: new (bytes: Uint8Array) => object;
      readonly Instance: new (module: object) => { readonly exports: KernelExports };
    }
  | undefined;

interface Memory {
  readonly buffer: ArrayBuffer;
  readonly grow: (pages: number) => number;
}

/** What `assembly/kernel.ts` exports: where it reads and writes, and the one thing that it does. */
type KernelExports = Readonly<Record<AddressName, { readonly value: number }>> & {
  readonly memory: Memory;
  readonly find: (size: number) => number;
};

type AddressName =
  | 'OPENINGS'
  | 'SPECIALS'
  | 'CLASSES'
  | 'FORM_INDEX'
  | 'OPENED'
  | 'FOUR'
  | 'THREE'
  | 'STARTS'
  | 'LISTS'
  | 'OUTPUT'
  | 'INPUT'
  | 'FORMS';

/** Bytes before and behind a piece that the kernel looks at. */
const margin = 128;
const pageBytes = 65_536;

/** Makes the prefilter in WebAssembly. @throws where this process has no WebAssembly with SIMD, or no memory for it. */
export function createKernelPrefilter(gates: GateTable): Prefilter {
  const kernel = instantiate();
  fillTables(gates, kernel);
  const { find, memory } = kernel;
  const bytes = new Uint8Array(memory.buffer);
  const input = kernel.INPUT.value;
  return {
    candidates: new Uint32Array(memory.buffer, kernel.OUTPUT.value, maxPiece),
    find({ bytes: source, size, from, to }: Piece) {
      const start = Math.max(0, from - margin);
      const end = Math.min(size, to + margin);
      const at = input + start - from;
      bytes.fill(0, input - margin, at);
      bytes.set(source.subarray(start, end), at);
      bytes.fill(0, at + end - start, input + to - from + margin);
      return find(to - from);
    },
  };
}

/** Compiled once a thread. */
let compiled: object | undefined;

function instantiate(): KernelExports {
  if (typeof WebAssembly === 'undefined') throw new Error('there is no WebAssembly here');
  compiled ??= new WebAssembly.Module(Buffer.from(kernelBase64, 'base64'));
  return new WebAssembly.Instance(compiled).exports;
}

function fillTables(gates: GateTable, kernel: KernelExports): void {
  const { literals, forms, starts } = gates;
  const { memory } = kernel;
  const { rows, index } = formRowsOf(forms);
  const literalsAt = kernel.FORMS.value + rows.length;
  const literal = literalRowsOf(literals, literalsAt);
  const missing = literalsAt + literal.rows.length - memory.buffer.byteLength;
  if (missing > 0) memory.grow(Math.ceil(missing / pageBytes));
  const bytes = new Uint8Array(memory.buffer);
  const write = (name: AddressName, table: Uint8Array): void => {
    bytes.set(table, kernel[name].value);
  };
  write('OPENINGS', literals.openings);
  write('SPECIALS', specialTablesOf(gates));
  write('CLASSES', classTables);
  write('OPENED', slotBitsOf(literals, openingBytes));
  write('FOUR', slotBitsOf(literals, fourBytes));
  write('THREE', slotBitsOf(literals, threeBytes));
  write('STARTS', starts);
  write('FORMS', rows);
  write('LISTS', new Uint8Array(literal.lists.buffer));
  bytes.set(literal.rows, literalsAt);
  write('FORM_INDEX', new Uint8Array(index.buffer));
}
