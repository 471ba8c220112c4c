import type { ComponentSpec, Config } from '../../../pipeline/config/config.ts';
import { genaiSchema, type GenaiConfig } from '../../../processors/genai/config.ts';
import { readPrices } from '../../../processors/genai/prices/prepare-prices.ts';
import { createPriceBook, type PriceBook } from '../../../processors/genai/prices/price-book.ts';
import { createQuoter, type Quoter } from '../../../processors/genai/prices/quote.ts';
import { loadConfigOptions } from '../config-options.ts';
import { CommandFailure, exitCodes, type ExitCode } from '../exit-code.ts';
import type { PriceOptions } from '../prices.ts';
import { requireConfig } from '../report-config.ts';

/** The prices that a configuration asks for. */
export interface OpenBook {
  readonly book: PriceBook;
  readonly quoter: Quoter;
}

/**
 * Opens the price book of the configuration's genai processor; that of the defaults where no configuration is named.
 * Nothing is fetched: of a URL it is what the daemon fetched last.
 * @throws CommandFailure with exit code 78 where the configuration is wrong or has no genai processor, and 2 where it has
 * none of the name, or several and none is named.
 */
export async function openBook(options: PriceOptions): Promise<OpenBook> {
  const { id, settings, dataDir } = await readSettings(options);
  const sources = await readPrices(settings.catalog, { dataDir, id });
  const book = createPriceBook(sources, settings);
  const fallback = settings.unknown_model === 'fallback' ? settings.fallback_model : undefined;
  return { book, quoter: createQuoter(book, fallback) };
}

interface Settings {
  readonly id: string;
  readonly settings: GenaiConfig;
  readonly dataDir: string;
}

async function readSettings(options: PriceOptions): Promise<Settings> {
  const config = requireConfig(await loadConfigOptions(options));
  const spec = findProcessor(config, options.processor);
  return { id: spec.id, settings: genaiSchema.parse(spec.raw), dataDir: config.dataDir };
}

function findProcessor({ processors }: Config, id: string | undefined): ComponentSpec {
  const all = [...processors.values()].filter(({ type }) => type === 'genai');
  const ids = all.map((spec) => spec.id).join(', ');
  const [first, second] = all;
  if (id === undefined) {
    if (first === undefined) {
      throw failure('the configuration has no genai processor', exitCodes.invalidConfig);
    }
    if (second !== undefined) {
      throw failure(`name one of ${ids} with --processor`, exitCodes.usage);
    }
    return first;
  }
  const found = all.find((spec) => spec.id === id);
  if (found !== undefined) return found;
  throw failure(`no genai processor "${id}" (there is: ${ids})`, exitCodes.usage);
}

function failure(message: string, code: ExitCode): CommandFailure {
  return new CommandFailure(`weir prices: ${message}`, code);
}
