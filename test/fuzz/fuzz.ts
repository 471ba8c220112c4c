import { checkRequest } from './check-request.ts';
import { createCase } from './corpus.ts';

/**
 * Checks mutated requests against protobufjs: `npm run fuzz [-- COUNT [SEED]]`, a million by default. A case that fails
 * is printed with its seed and its bytes, and `npm run fuzz -- 1 SEED` runs it again.
 */
function fuzz(count: number, firstSeed: number): boolean {
  const verdicts = { accepted: 0, refused: 0, stricter: 0 };
  const step = Math.max(1, Math.round(count / 100));
  process.stdout.write(`${count} requests from seed ${firstSeed}\n`);
  for (let i = 0; i < count; i++) {
    const seed = firstSeed + i;
    const { signal, bytes } = createCase(seed);
    try {
      verdicts[checkRequest(signal, bytes, seed)] += 1;
    } catch (error) {
      process.stdout.write(`\nseed ${seed}, ${signal}: ${String(error)}\n`);
      process.stdout.write(`${error instanceof Error ? String(error.stack) : ''}\n`);
      process.stdout.write(`${Buffer.from(bytes).toString('hex')}\n`);
      return false;
    }
    if ((i + 1) % step === 0) process.stdout.write(`\r${i + 1} ${JSON.stringify(verdicts)}`);
  }
  process.stdout.write('\n');
  return true;
}

const [count = process.env['FUZZ_COUNT'] ?? '1000000', seed = String(Date.now() % 1e9)] =
  process.argv.slice(2);
process.exitCode = fuzz(Number(count), Number(seed)) ? 0 : 1;
