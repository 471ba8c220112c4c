import { Argument, Command, InvalidArgumentError, Option } from 'commander';
import { parseUtcTime } from '../../processors/genai/prices/utc-time.ts';
import { addConfigOptions, type ConfigOptions } from './config-options.ts';
import type { MissingOptions } from './prices/missing.ts';
import type { ShowOptions } from './prices/show.ts';

/** The tiers of `processors/genai/prices/price-rule.ts`, here so that `weir --help` loads no price. */
const tierNames = ['standard', 'batch', 'flex', 'priority', 'fast', 'scale'];

/** `weir prices`: what a model costs, what a call costs, and which models have no price. */
export function createPricesCommand(): Command {
  return new Command('prices')
    .summary('show prices, quote a call, list models without a price')
    .description('Ask what the processor genai prices calls by.')
    .addCommand(createShowCommand())
    .addCommand(createQuoteCommand())
    .addCommand(createMissingCommand())
    .addHelpText('after', '\nExample:\n  $ weir prices show openai gpt-4o --tier priority');
}

/** `--config` and which of its processors is meant. */
export type PriceOptions = ConfigOptions & { readonly processor?: string };

function addPriceOptions(command: Command): Command {
  return addConfigOptions(command).option(
    '--processor <id>',
    'the genai processor of the configuration, where it has several',
  );
}

function createShowCommand(): Command {
  return addPriceOptions(new Command('show'))
    .summary('print the prices of a model and where each comes from')
    .description(
      'Print the prices that calls of a model are priced by, and where each comes\nfrom. Exit code 1 where the model has none.',
    )
    .addArgument(new Argument('<provider>', 'provider, as spans or the catalogue name it'))
    .addArgument(new Argument('<model>', 'model, as spans or the catalogue name it'))
    .option('--at <time>', 'date or time (UTC) of the call (now)', toTimeMs)
    .addOption(
      new Option('--tier <tier>', 'service tier of the call')
        .choices(tierNames)
        .default('standard'),
    )
    .option('--server <address>', 'server.address of the call, for model_aliases')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nExample:\n  $ weir prices show anthropic claude-sonnet-4-5 --at 2026-01-31',
    )
    .action(async (provider: string, model: string, options: ShowOptions) => {
      const { showPrice } = await import('./prices/show.ts');
      await showPrice(provider, model, options);
    });
}

function createQuoteCommand(): Command {
  return addPriceOptions(new Command('quote'))
    .summary('price a usage given as JSON')
    .description(
      'Price a usage with the arithmetic of the processor. Takes {provider, model, at?,\ntier?, usage} as JSON and prints {status, reason?, cost, parts, model, source,\ncatalog}; counts are inclusive.',
    )
    .argument('[json]', 'the call; without it, or with -, it is read from standard input')
    .option('--json', 'accepted: a quote is always printed as JSON')
    .addHelpText(
      'after',
      `\nExample:\n  $ weir prices quote '{"provider":"openai","model":"gpt-4o","usage":{"input_tokens":1000,"output_tokens":200}}'`,
    )
    .action(async (json: string | undefined, options: PriceOptions) => {
      const { printQuote } = await import('./prices/quote.ts');
      await printQuote(json, options);
    });
}

function createMissingCommand(): Command {
  return addPriceOptions(new Command('missing'))
    .summary('list models whose calls had no price')
    .description(
      'List the models of stored calls that had no price, and whether they have one\nnow: from the embedded store of the daemon on this data directory, running or\nstopped, or from a ClickHouse server.',
    )
    .option('--endpoint <url>', 'ask this ClickHouse server instead')
    .option('--user <name>', 'user of the server', 'default')
    .addOption(
      new Option('--password <password>', 'its password').env('CLICKHOUSE_PASSWORD').default(''),
    )
    .option('--database <name>', 'database of the server', 'default')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  $ weir prices missing --json')
    .action(async (options: MissingOptions) => {
      const { printMissing } = await import('./prices/missing.ts');
      await printMissing(options);
    });
}

function toTimeMs(text: string): number {
  const ms = parseUtcTime(text);
  if (!Number.isNaN(ms)) return ms;
  throw new InvalidArgumentError(
    'It is a date such as 2026-10-01, or a time such as 2026-10-01T08:00:00Z.',
  );
}
