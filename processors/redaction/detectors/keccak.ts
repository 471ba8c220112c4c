/** Keccak-256 as Ethereum uses it, from before SHA-3 changed the padding; node:crypto has only the later one. */
export function keccak256(message: Uint8Array): Uint8Array {
  const state = new Uint32Array(50);
  const block = new Uint8Array(rate * Math.ceil((message.length + 1) / rate));
  block.set(message);
  block[message.length] = 1;
  block[block.length - 1] = (block[block.length - 1] ?? 0) | 0x80;
  for (let from = 0; from < block.length; from += rate) {
    for (let index = 0; index < rate; index++) {
      const word = index >> 2;
      state[word] = (state[word] ?? 0) ^ ((block[from + index] ?? 0) << ((index & 3) * 8));
    }
    permute(state);
  }
  return new Uint8Array(state.buffer.slice(0, 32));
}

/** Bytes that a round takes in. */
const rate = 136;

const rotations = [
  1, 3, 6, 10, 15, 21, 28, 36, 45, 55, 2, 14, 27, 41, 56, 8, 25, 43, 62, 18, 39, 61, 20, 44,
];
const lanes = [
  10, 7, 11, 17, 18, 3, 5, 16, 8, 21, 24, 4, 15, 23, 19, 13, 12, 2, 20, 14, 22, 9, 6, 1,
];
/** Low and high halves of the round constants (FIPS 202, 3.2.5). */
const constants = [
  0x1, 0, 0x8082, 0, 0x808a, 0x80000000, 0x80008000, 0x80000000, 0x808b, 0, 0x80000001, 0,
  0x80008081, 0x80000000, 0x8009, 0x80000000, 0x8a, 0, 0x88, 0, 0x80008009, 0, 0x8000000a, 0,
  0x8000808b, 0, 0x8b, 0x80000000, 0x8089, 0x80000000, 0x8003, 0x80000000, 0x8002, 0x80000000, 0x80,
  0x80000000, 0x800a, 0, 0x8000000a, 0x80000000, 0x80008081, 0x80000000, 0x8080, 0x80000000,
  0x80000001, 0, 0x80008008, 0x80000000,
];

const columns = new Uint32Array(10);
const row = new Uint32Array(10);

function permute(state: Uint32Array): void {
  for (let round = 0; round < constants.length; round += 2) {
    mixColumns(state);
    rotateLanes(state);
    for (let from = 0; from < 50; from += 10) mixRow(state, from);
    state[0] = (state[0] ?? 0) ^ (constants[round] ?? 0);
    state[1] = (state[1] ?? 0) ^ (constants[round + 1] ?? 0);
  }
}

function mixColumns(state: Uint32Array): void {
  for (let column = 0; column < 10; column++) {
    let parity = 0;
    for (let index = column; index < 50; index += 10) parity ^= state[index] ?? 0;
    columns[column] = parity;
  }
  for (let column = 0; column < 10; column++) {
    const half = column & 1;
    const next = ((column & ~1) + 2) % 10;
    const low = columns[next + half] ?? 0;
    const high = columns[next + 1 - half] ?? 0;
    const change = (columns[(column + 8) % 10] ?? 0) ^ ((low << 1) | (high >>> 31));
    for (let index = column; index < 50; index += 10) state[index] = (state[index] ?? 0) ^ change;
  }
}

function rotateLanes(state: Uint32Array): void {
  let low = state[2] ?? 0;
  let high = state[3] ?? 0;
  for (let index = 0; index < lanes.length; index++) {
    const lane = lanes[index] ?? 0;
    const by = rotations[index] ?? 0;
    const a = by < 32 ? low : high;
    const b = by < 32 ? high : low;
    const shift = by & 31;
    low = state[lane * 2] ?? 0;
    high = state[lane * 2 + 1] ?? 0;
    state[lane * 2] = shift === 0 ? a : (a << shift) | (b >>> (32 - shift));
    state[lane * 2 + 1] = shift === 0 ? b : (b << shift) | (a >>> (32 - shift));
  }
}

function mixRow(state: Uint32Array, from: number): void {
  for (let index = 0; index < 10; index++) row[index] = state[from + index] ?? 0;
  for (let index = 0; index < 10; index++) {
    const next = row[(index + 2) % 10] ?? 0;
    state[from + index] = (row[index] ?? 0) ^ (~next & (row[(index + 4) % 10] ?? 0));
  }
}
