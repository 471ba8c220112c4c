import { Command, InvalidArgumentError, Option } from 'commander';
import { parseDuration } from '../../pipeline/config/parse-duration.ts';
import type { GenerateOptions } from './generate/run-generate.ts';

/** The names of `generate/dialect.ts`, here so that `weir --help` loads no serializer. */
const dialectNames = ['otel', 'openinference', 'openllmetry', 'vercel', 'mixed'];

/** `weir generate`: made-up gen_ai traffic in the shape of agents, in the dialect of an SDK, at a steady rate. */
export function createGenerateCommand(): Command {
  return new Command('generate')
    .summary('send synthetic gen_ai traffic')
    .description(
      'Send synthetic gen_ai traces (an agent, its calls of models and tools) to an\nOTLP endpoint. Exit code 1 where not everything was accepted.',
    )
    .addOption(
      new Option('--dialect <name>', 'whose spans to write').choices(dialectNames).default('mixed'),
    )
    .option('--rate <spans>', 'spans a second; 0: as fast as they are taken', toRate, 100)
    .option('--duration <time>', 'how long, as in 30s (10s without --count)', toDurationMs)
    .option('--count <spans>', 'stop after so many spans; the last trace is sent whole', toCount)
    .option('--endpoint <url>', 'where to (http://127.0.0.1:4317; with --http :4318)')
    .addOption(
      new Option('--http [encoding]', 'OTLP/HTTP instead of gRPC').choices(['proto', 'json']),
    )
    .option('--seed <number>', 'the same seed makes the same traces', toSeed)
    .option('--pii', 'plant emails, card numbers and keys, for redaction to find')
    .option('--json', 'print the summary as JSON')
    .addHelpText('after', '\nExample:\n  $ weir generate --dialect vercel --rate 500 --duration 1m')
    .action(async (options: GenerateOptions) => {
      const { runGenerate } = await import('./generate/run-generate.ts');
      await runGenerate(options);
    });
}

function toRate(text: string): number {
  const rate = Number(text);
  if (text.trim() !== '' && Number.isFinite(rate) && rate >= 0) return rate;
  throw new InvalidArgumentError('It is a number of spans a second, 0 or more.');
}

function toCount(text: string): number {
  const count = Number(text);
  if (Number.isSafeInteger(count) && count > 0) return count;
  throw new InvalidArgumentError('It is a whole number of spans, 1 or more.');
}

function toDurationMs(text: string): number {
  const ms = parseDuration(text);
  if (ms !== undefined && ms > 0) return ms;
  throw new InvalidArgumentError('It is a duration such as 30s or 5m.');
}

function toSeed(text: string): number {
  const seed = Number(text);
  if (text.trim() !== '' && Number.isSafeInteger(seed)) return seed;
  throw new InvalidArgumentError('It is a whole number.');
}
